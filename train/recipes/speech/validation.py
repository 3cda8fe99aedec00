"""What the validation part decides: how much the language model weighs, and how sure a transcript may be.

int8 network -> validation clips -> language weight, word bonus, price of unknown words, weight of the network's prior,
                                    margin over silence
             -> confidence -> figures
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from sklearn.linear_model import LogisticRegression

from edge.decoder.alphabet import BLANK, SYMBOLS
from edge.decoder.beam import BeamConfig, Hypothesis
from edge.decoder.confidence import Calibration, Floats, evidence
from edge.decoder.guidance import Guidance
from edge.features import FeatureConfig
from train.corpora.audio import load
from train.corpora.manifest import Clip
from train.evaluate.speech import Heard, Logits, best_texts, error_rates, hear, hear_noise, transcribe
from train.evaluate.streams import Noise
from train.files import read_json, write_text
from train.parallel import mapped

CHOICES: Mapping[str, Sequence[Any]] = {
    "language_weight": (0.5, 0.7, 0.9, 1.1, 1.3),
    "prior_weight": (0.0, 0.3, 0.6, 0.9, 1.2),
    "unknown_penalty": (1.0, 2.0, 3.0, 4.0, 5.0),
    "word_bonus": (-1.5, -1.0, -0.5, 0.0, 0.5, 1.5),
    "silence_margin": (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
}
"""Values of each figure that are tried."""
TUNING_CLIPS = 64
"""Of each kind on which all choices are tried, spread over the voices."""
RAREST = 1e-4
"""Share of all steps below which a letter is no rarer: a network that has yet to learn one says it never."""
EVEN = (1.0,) * SYMBOLS
"""Symbols that are all as common."""
KINDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {"sentences": ("sentence",), "commands": ("command",), "single words": ("word", "digit")}
)
"""Of speech on which the figures are chosen, and the kinds of clips that belong to each."""
NOISE_WRITTEN = 6.0
"""Most of the recordings in which nobody speaks, in percent, of which words may be made."""
NOISE_DB = 6.0
"""By which the loudest part of a command is louder than that of the noise under it."""
KEYWORD_THRESHOLD = 0.5
NEVER = -1e9
"""A margin that silence never has, as JSON can say it."""

Judged: TypeAlias = tuple[Heard, Sequence[Hypothesis]]
"""A clip, and what it may have been, the best first; at least one."""


class Faults(NamedTuple):
    """Of some figures, in percent; the fewer the better, noise before speech."""

    noise: float
    """Of the recordings in which nobody speaks that words are made of, those beyond NOISE_WRITTEN."""
    speech: float
    """Mean of `errors` over the kinds of speech."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the manifest says of the decoder."""

    language_weight: float
    word_bonus: float
    unknown_penalty: float
    confidence: Calibration = field(default_factory=Calibration)
    keyword_threshold: float = KEYWORD_THRESHOLD
    prior_weight: float = 0.0
    priors: tuple[float, ...] = EVEN
    """How often the network says each symbol, the blank last."""
    silence_margin: float = NEVER
    """See `edge.decoder.beam.BeamConfig`."""

    @property
    def letter_bonuses(self) -> tuple[float, ...]:
        """What takes back that the network, too, says rare letters seldom, and most of the time nothing.

        As a hybrid recogniser divides posteriors by priors (Bourlard and Morgan 1994), but once a letter: a letter
        lasts one step, as a rule, and would be blank otherwise.
        """
        logs = np.log(np.maximum(self.priors, RAREST))
        return tuple(np.round(self.prior_weight * (logs[BLANK] - logs[:BLANK]), 3).tolist())

    def detector(self) -> dict[str, float]:
        """As the manifest has them."""
        return {
            "language_weight": self.language_weight,
            "word_bonus": self.word_bonus,
            "unknown_penalty": self.unknown_penalty,
            "confidence_margin": self.confidence.margin,
            "confidence_fit": self.confidence.fit,
            "confidence_offset": self.confidence.offset,
            "confidence_clarity": self.confidence.clarity,
            "keyword_threshold": self.keyword_threshold,
            "silence_margin": self.silence_margin,
        }

    def save(self, path: Path) -> None:
        """Writes JSON that `load` reads."""
        saved = self.detector() | {"prior_weight": self.prior_weight, "priors": self.priors}
        write_text(path, json.dumps(saved, indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> "Figures":
        """Reads what `save` wrote.

        Raises:
            DataError: it is damaged.
        """
        return read_json(path, cls._of, "run `python -m train speech validate` again")

    @classmethod
    def _of(cls, saved: dict[str, Any]) -> "Figures":
        weights = saved["language_weight"], saved["word_bonus"], saved["unknown_penalty"]
        prior = saved.get("prior_weight", 0.0), tuple(saved.get("priors", EVEN))
        margin = saved.get("silence_margin", NEVER)
        return cls(*weights, Calibration.of(saved), saved["keyword_threshold"], *prior, margin)


def hear_kinds(
    clips: Sequence[Clip], noises: Sequence[Clip], logits: Logits, features: FeatureConfig
) -> Mapping[str, list[Heard]]:
    """What the search is judged by: speech of each kind, commands in noise, and noise alone, where there are noises."""
    spoken = {name: [clip for clip in clips if clip.kind in kinds] for name, kinds in KINDS.items()}
    ways = {name: partial(hear, some, logits, features) for name, some in spoken.items()}
    if noises:
        noise = Noise([load(clip.path) for clip in noises], NOISE_DB)
        ways["commands in noise"] = partial(hear, spoken["commands"], logits, features, noise)
        ways["noise"] = partial(hear_noise, noises, logits, features)
    jobs = list(ways.values())
    heard = mapped(lambda number: jobs[number](), len(jobs), "kinds of speech")
    return dict(zip(ways, heard, strict=True))


def choose_weights(kinds: Sequence[Sequence[Heard]], language: Path) -> Figures:
    """The figures with the fewest errors under a language model, in the mean over kinds of speech; see `errors`.

    The margin over silence, which comes last, is one with which words are made of no more than NOISE_WRITTEN of the
    noise, if there is one: nothing else is there for that. First on some clips of each kind among all `CHOICES`, then
    on all clips among those and their neighbours: a few dozen clips tell what is far off, and would decide by luck
    between what is near.
    """
    some = [heard[:: max(1, len(heard) // TUNING_CLIPS)] for heard in kinds if heard]
    spoken = [one for one in chain(*some) if one.reference]
    chosen = Figures(0.7, -0.5, 2.0, prior_weight=0.6, priors=priors(spoken), silence_margin=0.5)
    chosen = _choose(some, language, chosen, CHOICES)
    return _choose([heard for heard in kinds if heard], language, chosen, _near(chosen))


def _near(chosen: Figures) -> Mapping[str, Sequence[Any]]:
    """Of each of `CHOICES`, the value chosen and those beside it."""
    places = {name: values.index(getattr(chosen, name)) for name, values in CHOICES.items()}
    return {name: values[max(0, places[name] - 1) : places[name] + 2] for name, values in CHOICES.items()}


def _choose(
    kinds: Sequence[Sequence[Heard]], language: Path, chosen: Figures, choices: Mapping[str, Sequence[Any]]
) -> Figures:
    """One figure after another with the others as they are: nearly as good as all at once, and a tenth of the work."""
    known: dict[Figures, Faults] = {}
    for name, values in choices.items():
        tried = [replace(chosen, **{name: value}) for value in values]
        new = [figures for figures in tried if figures not in known]
        known.update(zip(new, _faults(kinds, language, new), strict=True))
        chosen = min(tried, key=lambda one: known[one] if name == "silence_margin" else known[one].speech)
        noise, speech = known[chosen]
        beyond = f", noise written down {noise:.1f} % too often" if noise else ""
        print(f"{name} {getattr(chosen, name)}: {speech:.1f} % wrong{beyond}", flush=True)
    return chosen


def priors(heard: Sequence[Heard]) -> tuple[float, ...]:
    """How often a network says each symbol, the blank last: its mean probability over all steps."""
    return tuple(np.exp(np.concatenate([one.log_probs for one in heard])).mean(axis=0).tolist())


def guided(
    heard: Sequence[Heard], guidance: Guidance, figures: Figures, width: int = BeamConfig().width
) -> Iterator[list[Hypothesis]]:
    """Hypotheses for some clips under a guide."""
    return transcribe(heard, guidance.scorers(figures.detector()), guidance.beam(width, figures.detector()))


def errors(heard: Sequence[Heard], texts: Sequence[str]) -> float:
    """Word error rate in percent, the mean over voices: who left five hundred clips decides no more than who left one.

    Of clips in which nobody speaks, the share of those that words are made of.
    """
    if not _is_spoken(heard):
        return 100 * float(np.mean(list(map(bool, texts))))
    by_voice: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one, text in zip(heard, texts, strict=True):
        by_voice[one.voice].append((one.reference, text))
    return float(np.mean([error_rates(*zip(*said, strict=True))["wer"] for said in by_voice.values()]))


def _is_spoken(heard: Sequence[Heard]) -> bool:
    return any(one.reference for one in heard)


def _faults(kinds: Sequence[Sequence[Heard]], language: Path, tried: Sequence[Figures]) -> list[Faults]:
    """Of each of some figures."""

    def faults(number: int) -> Faults:
        figures = tried[number]
        guide = Guidance(language=language, letter_bonuses=figures.letter_bonuses)
        rates = [errors(heard, best_texts(list(guided(heard, guide, figures)))) for heard in kinds]
        written = [rate for rate, heard in zip(rates, kinds, strict=True) if not _is_spoken(heard)]
        wrong = [rate for rate, heard in zip(rates, kinds, strict=True) if _is_spoken(heard)]
        return Faults(max([0.0, *(rate - NOISE_WRITTEN for rate in written)]), float(np.mean(wrong)))

    return mapped(faults, len(tried), "figures")


def calibrate(judged: Sequence[Judged]) -> Calibration:
    """The weights with which the best hypotheses' confidences are true; where there are none, those of no bundle."""
    if not judged:
        return Calibration()
    rows = np.array([evidence(hypotheses, one.log_probs)[0] for one, hypotheses in judged])
    right = [hypotheses[0].text == one.reference for one, hypotheses in judged]
    # One more that is right and one that is wrong: where all are alike, that is no certainty.
    rows = np.vstack([rows, rows.mean(axis=0), rows.mean(axis=0)])
    model = LogisticRegression(C=10.0, max_iter=1000).fit(rows, np.array([*right, True, False]))
    margin, fit, clarity = model.coef_[0].tolist()
    return Calibration(margin, fit, float(model.intercept_[0]), clarity)


def calibration_error(confidences: Floats, right: Floats, bins: int = 10) -> float:
    """Expected calibration error: mean distance of confidence and share that is right, over bins of like confidence."""
    groups = np.array_split(np.argsort(confidences), bins)
    gaps = [abs(confidences[group].mean() - right[group].mean()) * len(group) for group in groups if len(group)]
    return float(sum(gaps) / max(1, len(confidences)))
