"""Misses of trigger words, false accepts an hour, and when words are heard."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from edge.errors import DataError
from edge.model import StreamingModel
from edge.pipeline import detector_config, thresholds_for
from train.corpora.audio import load
from train.corpora.manifest import Clip, read_data
from train.evaluate.det import draw
from train.evaluate.hearings import hearings, percentiles
from train.evaluate.held_out import HeldOut, held_out, name_of, tally
from train.evaluate.intervals import percent, poisson, wilson
from train.evaluate.negatives import long_streams, named_files, noise_recordings
from train.evaluate.scorers import bundle_scores
from train.evaluate.streams import LongStream
from train.evaluate.trigger import Tally, miss_cell
from train.evaluate.trigger_report import FalseAccept, by_speaker, by_word, worst, write_clips
from train.options import budget, decibels, natural

T = TypeVar("T")

LEVELS = (10.0, 5.0)
"""Decibels by which noise is below the words where there is some, and no other levels are asked for."""
WORST_SPEAKERS = 10
"""Shown; with --json there are all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="trigger-en", help="name or folder of a model bundle")
    parser.add_argument("--false-accepts-per-hour", type=budget, default=0.5, help="it chooses the thresholds")
    parser.add_argument(
        "--noise", type=Path, metavar="FOLDER", help="sound files to put under the words; default: the data's"
    )
    levels = " ".join(f"{snr:g}" for snr in LEVELS)
    help_text = f"how far the noise is below ({levels})"
    parser.add_argument("--snr", type=decibels, nargs="+", action="extend", default=[], metavar="DB", help=help_text)
    help_text = "long recordings in which no word is said: all sound files in it, without a manifest"
    parser.add_argument(
        "--negatives", type=Path, nargs="+", action="extend", default=[], metavar="FOLDER", help=help_text
    )
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw misses against false accepts")
    parser.add_argument("--worst", type=natural, default=10, metavar="N", help="list so many false accepts (10)")
    parser.add_argument("--clips", type=Path, metavar="FOLDER", help="cut these out of their files, as WAV")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    evaluation = evaluate_trigger(
        arguments.data,
        arguments.bundle,
        arguments.false_accepts_per_hour,
        Surroundings(arguments.noise, tuple(arguments.snr), tuple(arguments.negatives)),
    )
    accepts = worst(evaluation.tally, arguments.worst)
    if arguments.clips:
        write_clips(accepts, evaluation.files, arguments.clips)
    if arguments.json:
        print(json.dumps(evaluation.figures() | {"worst": list(map(asdict, accepts))}))
    else:
        evaluation.show(accepts)
    if arguments.picture:  # Last: figures are there also where there is nothing to draw.
        title = f"{evaluation.bundle} on {arguments.data.name}"
        draw(evaluation.tally, evaluation.thresholds, arguments.picture, title)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is heard besides the data."""

    noise: Path | None = None
    """Folder of the noise under the words; None: that of the data, if there is any."""
    snr: tuple[float, ...] = ()
    """Decibels; none: LEVELS, if there is noise."""
    negatives: tuple[Path, ...] = ()
    """Folders of long recordings."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a bundle did, at the thresholds that a device would choose."""

    bundle: str
    precision: str
    clips: int
    """Of the data, those that were judged: not what programs say, nor what holds a word beside others."""
    left_out: int
    """Of the data, the others."""
    thresholds: dict[str, float]
    tally: Tally
    speakers: dict[str, str]
    """Of the clips, by name."""
    timing: dict[str, dict[str, float]]
    files: dict[str, Path]
    """All that was heard, by name."""

    @property
    def conditions(self) -> list[str]:
        """Clean, and the levels of noise."""
        return list(dict.fromkeys(condition for _, condition in self.tally.best))

    def figures(self) -> dict[str, Any]:
        """All figures, by the names that others rely on."""
        accepts = {word: self.tally.false_accepts(word, threshold) for word, threshold in self.thresholds.items()}
        missed = {key: self.tally.miss(*key, self.thresholds[key[0]]) for key in self.tally.best}
        hours = {word: self.tally.hours_without(word) for word in self.thresholds}
        return {
            "task": "trigger",
            "bundle": self.bundle,
            "precision": self.precision,
            "n": self.clips,
            "left_out": self.left_out,
            "hours": round(self.tally.hours, 3),
            "hours_without": {word: round(without, 3) for word, without in hours.items()},
            "thresholds": self.thresholds,
            "miss_percent": _nested({key: 100 * n / clips for key, (n, clips) in missed.items()}),
            "miss_percent_interval": _nested({key: percent(wilson(*counts)) for key, counts in missed.items()}),
            "false_accepts_per_hour": {word: n / hours[word] if hours[word] else None for word, n in accepts.items()},
            "false_accepts_per_hour_interval": {
                word: poisson(n, hours[word]) if hours[word] else None for word, n in accepts.items()
            },
            "speakers": [asdict(one) for one in by_speaker(self.tally, self.thresholds, self.speakers)],
            "timing_seconds": self.timing,
        }

    def show(self, accepts: Sequence[FalseAccept]) -> None:
        """Prints tables."""
        print(f"{self.bundle} ({self.precision}), {self.clips} clips, {self.tally.hours:.2f} h without the words")
        if self.left_out:
            print(f"{self.left_out} more clips are left out: in them a word is said beside others, or a program speaks")
        print(f"\n{by_word(self.tally, self.thresholds, self.conditions)}")
        speakers = by_speaker(self.tally, self.thresholds, self.speakers)[:WORST_SPEAKERS]
        print("\nspeakers, the worst first (clean):" if speakers else "\nno clip is a word and nothing else")
        for one in speakers:
            print(f"  {one.name or 'unknown'}: {miss_cell(one.missed, one.clips)}")
        print("\nworst false accepts, at whatever threshold:" if accepts else "\nno false accepts at any threshold")
        for accept in accepts:
            print(f"  {accept.score:.3f} {accept.word}: {accept.file} at {accept.seconds:.1f} s")
        for what, shares in ((what, shares) for what, shares in self.timing.items() if shares):
            print(f"{what}, clean words: " + ", ".join(f"{share} within {s:.2f} s" for share, s in shares.items()))


def evaluate_trigger(
    data: Path, bundle: str, false_accepts_per_hour: float, surroundings: Surroundings | None = None
) -> Evaluation:
    """Streams all data through a bundle, a step at a time, as the device does.

    Raises:
        HarkError: the bundle, the data or a folder is not what it should be.
    """
    surroundings = surroundings or Surroundings()
    model, clips = StreamingModel.load(bundle), read_data(data)
    manifest = model.bundle.manifest
    files = named_files(surroundings.negatives)
    material = _material(clips, manifest.labels, surroundings, files)
    if not material.others and not any(material.words.values()):
        raise DataError(f"{data} holds no recording of people; what programs say (folders synthetic*) is not judged")
    if surroundings.snr and set(material.words) == {"clean"}:
        raise DataError(f"{data} holds no noise to put under the words at --snr: give a folder of some with --noise")
    step = manifest.stack * (manifest.features.hop if manifest.features else 0)
    detector = detector_config(manifest)
    thresholds = thresholds_for(model, manifest.labels, false_accepts_per_hour)
    found = tally(lambda streams: bundle_scores(model, streams), manifest.labels, material, detector, step)
    speakers = {name_of(clip): clip.speaker for clip in clips}
    return Evaluation(
        manifest.name,
        manifest.precision,
        len(speakers.keys() & material.names),
        len(speakers.keys() - material.names),
        thresholds,
        found,
        speakers,
        _timing(model, thresholds, material.words["clean"]),
        {name_of(clip): clip.path for clip in clips} | files,
    )


def _material(
    clips: Sequence[Clip], labels: Sequence[str], surroundings: Surroundings, files: Mapping[str, Path]
) -> HeldOut:
    noises = noise_recordings(surroundings.noise) if surroundings.noise else []
    conditions = {"clean": None} | {f"{snr:g} dB": snr for snr in surroundings.snr or LEVELS}
    material = held_out(clips, labels, cache(load), noises, conditions)
    return replace(material, others=[*material.others, *long_streams(files)])


def _timing(
    model: StreamingModel, thresholds: dict[str, float], words: Sequence[LongStream]
) -> dict[str, dict[str, float]]:
    """Delays after the end of a clean word, and errors of the times that events carry, by share of the words heard."""
    heard = list(hearings(model, thresholds, words))
    return {
        "delay": percentiles([one.delay for one in heard]),
        "error of began": percentiles([abs(one.began) for one in heard]),
        "error of ended": percentiles([abs(one.ended) for one in heard]),
    }


def _nested(values: Mapping[tuple[str, str], T]) -> dict[str, dict[str, T]]:
    """By word, then by condition."""
    nested: dict[str, dict[str, T]] = {}
    for (word, condition), value in values.items():
        nested.setdefault(word, {})[condition] = value
    return nested
