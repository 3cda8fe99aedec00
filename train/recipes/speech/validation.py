"""What the validation part decides: how much the language model weighs, and how sure a transcript may be.

int8 network -> validation clips -> language weight, word bonus, price of unknown words -> confidence -> figures
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TypeAlias

import numpy as np
from sklearn.linear_model import LogisticRegression

from edge.decoder.beam import BeamConfig, Hypothesis
from edge.decoder.confidence import Calibration, Floats, evidence
from edge.decoder.language import WordLanguage
from edge.decoder.ngram import NgramModel
from train.evaluate.speech import Heard, best_texts, error_rates, transcribe

LANGUAGE_WEIGHTS = (0.3, 0.5, 0.7, 0.9)
WORD_BONUSES = (0.5, 2.0)
UNKNOWN_PENALTIES = (1.0,)
TUNING_CLIPS = 40
"""Sentences on which the language weights are chosen, spread over the voices."""
KEYWORD_THRESHOLD = 0.5

Judged: TypeAlias = tuple[Heard, Sequence[Hypothesis]]
"""A clip, and what it may have been, the best first; at least one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the manifest says of the decoder."""

    language_weight: float
    word_bonus: float
    unknown_penalty: float
    confidence: Calibration = field(default_factory=Calibration)
    keyword_threshold: float = KEYWORD_THRESHOLD

    def detector(self) -> dict[str, float]:
        """As the manifest has them."""
        return {
            "language_weight": self.language_weight,
            "word_bonus": self.word_bonus,
            "unknown_penalty": self.unknown_penalty,
            "confidence_margin": self.confidence.margin,
            "confidence_fit": self.confidence.fit,
            "confidence_offset": self.confidence.offset,
            "keyword_threshold": self.keyword_threshold,
        }

    def save(self, path: Path) -> None:
        """Writes JSON that `load` reads."""
        path.write_text(json.dumps(self.detector(), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Figures":
        """Reads what `save` wrote."""
        saved = json.loads(path.read_text(encoding="utf-8"))
        weights = saved["language_weight"], saved["word_bonus"], saved["unknown_penalty"]
        return cls(*weights, Calibration.of(saved), saved["keyword_threshold"])


def choose_weights(heard: Sequence[Heard], model: NgramModel, beam: BeamConfig) -> Figures:
    """The weights with the fewest word errors on some of the clips."""
    some = heard[:: max(1, len(heard) // TUNING_CLIPS)]
    references = [one.reference for one in some]
    best, chosen = np.inf, Figures(LANGUAGE_WEIGHTS[0], WORD_BONUSES[0], UNKNOWN_PENALTIES[0])
    for weight, bonus, penalty in product(LANGUAGE_WEIGHTS, WORD_BONUSES, UNKNOWN_PENALTIES):
        scorer = WordLanguage(model, weight, bonus, penalty)
        wer = error_rates(references, best_texts(list(transcribe(some, [scorer], beam))))["wer"]
        print(f"language weight {weight}, word bonus {bonus}, unknown penalty {penalty}: WER {wer:.1f} %", flush=True)
        if wer < best:
            best, chosen = wer, Figures(weight, bonus, penalty)
    return chosen


def calibrate(judged: Sequence[Judged]) -> Calibration:
    """The weights with which the best hypotheses' confidences are true."""
    rows = np.array([evidence(hypotheses, one.free)[0] for one, hypotheses in judged])
    right = [hypotheses[0].text == one.reference for one, hypotheses in judged]
    # One more that is right and one that is wrong: where all are alike, that is no certainty.
    rows = np.vstack([rows, rows.mean(axis=0), rows.mean(axis=0)])
    model = LogisticRegression(C=10.0).fit(rows, np.array([*right, True, False]))
    margin, fit = model.coef_[0].tolist()
    return Calibration(margin, fit, float(model.intercept_[0]))


def calibration_error(confidences: Floats, right: Floats, bins: int = 10) -> float:
    """Expected calibration error: mean distance of confidence and share that is right, over bins of like confidence."""
    groups = np.array_split(np.argsort(confidences), bins)
    gaps = [abs(confidences[group].mean() - right[group].mean()) * len(group) for group in groups if len(group)]
    return float(sum(gaps) / max(1, len(confidences)))
