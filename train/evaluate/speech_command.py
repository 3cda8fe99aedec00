"""Word and letter errors of transcripts, commands that are fully right, and what is to blame for the errors."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge.decoder.beam import BeamConfig
from edge.decoder.guidance import Guidance
from edge.decoder.scorer import Scorer
from edge.model import StreamingModel
from edge.transcriber import own_language, speech_figures
from train.corpora.manifest import read_data
from train.evaluate.blame import blame
from train.evaluate.negatives import SNR_HELP, noise_under
from train.evaluate.slots import all_slots_right
from train.evaluate.speech import (
    Heard,
    best_texts,
    error_rates,
    greedy_texts,
    heard_by,
    transcribe,
)
from train.options import count, decibels

WIDTHS = (1, 4, 16, 64)
"""Of the beams that --errors compares."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="speech-en", help="name or folder of a model bundle")
    parser.add_argument("--noise", type=Path, help="corpus of recordings to put under the speech")
    parser.add_argument("--snr", type=decibels, help=SNR_HELP)
    guide = parser.add_mutually_exclusive_group()
    guide.add_argument("--lm", metavar="FILE", help="language model; default: the bundle's own; none: no guide at all")
    guide.add_argument("--grammar", type=Path, metavar="FILE", help="let only the sentences of a grammar through")
    parser.add_argument("--beam", type=count, default=BeamConfig().width, help="width of the beam")
    parser.add_argument("--errors", action="store_true", help="is the search at fault, or the model? by width of beam")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    model = StreamingModel.load(arguments.bundle)
    figures, guidance = speech_figures(model.bundle), _guidance(arguments, model)
    # What is to guide is read before hours are heard that a slip in its name would cost.
    scorers, beam = guidance.scorers(figures), guidance.beam(arguments.beam, figures)
    clips = [clip for clip in read_data(arguments.data) if clip.kind != "noise"]
    noise = noise_under(arguments.noise, arguments.snr)
    heard = heard_by(model, clips, arguments.data, noise)
    about = {"left_out": len(clips) - len(heard), "snr": noise.snr_db if noise else None}
    result = evaluate_speech(model, heard, scorers, beam) | about
    if arguments.errors:
        result["errors"] = [_blamed(heard, scorers, replace(beam, width=width)) for width in WIDTHS]
    print(json.dumps(result) if arguments.json else _table(result))


def evaluate_speech(
    model: StreamingModel, heard: Sequence[Heard], scorers: Sequence[Scorer], beam: BeamConfig
) -> dict[str, Any]:
    """Error rates in percent of the best path and of the beam, and commands whose slots are all right."""
    manifest = model.bundle.manifest
    references = [one.reference for one in heard]
    texts = best_texts(list(transcribe(heard, scorers, beam)))
    with_slots = [(one.reference, one.slots, text) for one, text in zip(heard, texts, strict=True) if one.slots]
    right = sum(all_slots_right(with_slots))
    commands = {"commands_right": round(100 * right / len(with_slots), 2)} if with_slots else {}
    return {
        "task": "speech",
        "bundle": manifest.name,
        "precision": manifest.precision,
        "n": len(heard),
        "hours": round(sum(one.seconds for one in heard) / 3600, 3),
        **error_rates(references, texts),
        **commands,
        "greedy": error_rates(references, greedy_texts(heard)),
    }


def _guidance(arguments: argparse.Namespace, model: StreamingModel) -> Guidance:
    if arguments.grammar or arguments.lm == "none":
        return Guidance(grammar=arguments.grammar)
    return Guidance(language=Path(arguments.lm)) if arguments.lm else own_language(model.bundle)


def _blamed(heard: Sequence[Heard], scorers: Sequence[Scorer], beam: BeamConfig) -> dict[str, Any]:
    found = blame(heard, scorers, beam)
    return {
        "beam": beam.width,
        "wrong_percent": round(100 * found.wrong / max(1, found.clips), 1),
        "search_percent": round(found.search, 1),
        "model_percent": round(found.model, 1),
        "advice": found.advice,
    }


def _table(result: dict[str, Any]) -> str:
    lines = [f"{result['n']} clips, {result['hours']:.2f} h, {result['bundle']} ({result['precision']})"]
    lines += [f"noise at {result['snr']:g} dB"] if result["snr"] is not None else []
    lines += [f"{result['left_out']} more clips are left out: no words, or digits"] if result["left_out"] else []
    for name, rates in {"best path": result["greedy"], "beam": result}.items():
        lines.append(f"{name}: WER {rates['wer']:.1f} %, CER {rates['cer']:.1f} %, all right {rates['exact']:.1f} %")
    if "commands_right" in result:
        lines.append(f"commands with all slots right: {result['commands_right']:.1f} %")
    lines += [
        f"beam {row['beam']}: {row['wrong_percent']} % wrong, of them {row['search_percent']} % by the search and "
        f"{row['model_percent']} % by the model: {row['advice']}"
        for row in result.get("errors", ())
    ]
    return "\n".join(lines)
