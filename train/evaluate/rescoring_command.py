"""Word errors of transcripts whose n-best lists a language model has ranked anew, by its weight."""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from edge.decoder.beam import BeamConfig, Hypothesis
from edge.decoder.rescoring import Rescorer
from edge.model import StreamingModel
from edge.transcriber import own_language
from edge.understanding.language import LanguageModel
from train.corpora.manifest import read_data
from train.evaluate.speech import best_texts, error_rates, heard_by, transcribe
from train.recipes.speech.pools import of_part, transcribed

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.8)
"""Of the language model beside what the search has found; 0 leaves all as it was."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="language-en", help="name or folder of a language model of letters")
    parser.add_argument("--speech", default="speech-en", help="name or folder of a speech network")
    parser.add_argument("--part", choices=("validation", "test"), help="only its sentences; default: all clips")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    speech, ranking = (StreamingModel.load(name) for name in (arguments.speech, arguments.bundle))
    language, manifest = LanguageModel(ranking), ranking.bundle.manifest
    clips = read_data(arguments.data)
    if arguments.part:
        clips = [clip for clip in of_part(transcribed(clips), arguments.part) if clip.kind == "sentence"]
    figures, guidance = speech.bundle.manifest.detector, own_language(speech.bundle)
    heard = heard_by(speech, clips, arguments.data)
    hypotheses = list(transcribe(heard, guidance.scorers(figures), guidance.beam(BeamConfig().width, figures)))
    rates = rescored([one.reference for one in heard], hypotheses, language.log_prob)
    of = {"task": "rescoring", "bundle": manifest.name, "precision": manifest.precision, "n": len(heard)}
    result = of | {"wer": rates}
    print(json.dumps(result) if arguments.json else "\n".join(f"weight {w:g}: WER {wer} %" for w, wer in rates.items()))


def rescored(
    references: Sequence[str], hypotheses: Sequence[Sequence[Hypothesis]], log_prob: Callable[[str], float]
) -> Mapping[float, float]:
    """Word error rate in percent by weight."""
    opinion = cache(log_prob)
    return {
        weight: error_rates(references, best_texts([Rescorer(opinion, weight)(some) for some in hypotheses]))["wer"]
        for weight in WEIGHTS
    }
