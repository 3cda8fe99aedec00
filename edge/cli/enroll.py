"""hark enroll: a voice that alone triggers a word, from a few takes of it."""

import json
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.cli.options import add_config, add_input, add_model, check_input, path, wanted_channel, whole
from edge.errors import DataError, UsageError

if TYPE_CHECKING:
    from edge.audio import AudioBlock, Pcm16
    from edge.config import Config
    from edge.model import StreamingModel
    from edge.voices.ear import Vector
    from edge.voices.enrolment import Enrolment

EXAMPLES = """\
Say the word as you would to the listener: into its microphone, from where you will be. Five takes are good, three are
the fewest. Who says a word for which voices are enrolled, in none of them, is not heard; other words are not affected.
It is a convenience and no lock: a recording of you, or somebody who sounds like you, may pass.

examples:
  hark enroll --word jarvis --name anna                listens to the microphone for five takes
  hark enroll --word jarvis --name anna anna/*.wav
  hark enroll --word "view glass" --name ben --out ben.npz ben.flac
"""

LONGEST_SECONDS: Final = 30.0
MOST_WRONG: Final = 0.4
"""Share of the owner's takes that are kept out, and of other people's that pass, together; of good takes, about 0.1."""
RECENT: Final = 32_000
"""Samples of live sound that are looked at for a take."""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="recordings of the word; none: listen to the input")
    parser.add_argument("--word", required=True, help="the trigger word")
    parser.add_argument("--name", required=True, type=_name, help="what to call the voice")
    parser.add_argument("--times", type=whole(3, 100), default=5, metavar="N", help="takes from the input; default: 5")
    parser.add_argument("--out", type=path, metavar="FILE", help="default: /var/lib/hark/voices/NAME.npz")
    add_input(parser)
    group = parser.add_argument_group("trigger")
    add_config(group)
    add_model(group)
    parser.set_defaults(false_accepts_per_hour=None)


def run(arguments: Namespace) -> int:
    """Hear the takes, make the voice, and write it."""
    from edge.cli.assembly import choose_thresholds, configure, load_model, wanted_words
    from edge.voices import Speakers, save_voice, voice_path
    from edge.voices.enrolment import FEWEST, enrol

    check_input(arguments)
    config = configure(arguments)
    model, word = load_model(config), arguments.word
    wanted_words(config, model.bundle.manifest.labels, [word])
    path = arguments.out or voice_path(arguments.name)
    check_place(path, word)
    speakers = Speakers.of(model.bundle)
    speakers.check(word)
    thresholds = choose_thresholds(config.trigger, model, [word])
    heard = _from_files if arguments.files else _from_input
    vectors = _each_once(heard(config, arguments, model, thresholds))
    if len(vectors) < FEWEST:
        times = "once" if len(vectors) == 1 else f"{len(vectors)} times"
        raise DataError(f"{word!r} was heard {times}, and {FEWEST} are the fewest: record more takes")
    enrolment = enrol(arguments.name, word, vectors, speakers)
    _check(enrolment)
    save_voice(enrolment.voice, model.bundle, path)
    _report(enrolment, path, arguments.out)
    return 0


def check_place(path: Path, word: str) -> None:
    """Refuse to write over anything but an earlier voice for the word.

    Raises:
        UsageError: there is something else, or no file can have that name.
    """
    try:
        with suppress(PermissionError):  # Where one may not look, one may not write: that is told when it is tried.
            _check_file(path, word)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}): give another --name or --out") from error


def _check_file(path: Path, word: str) -> None:
    from edge.voices import voiced_word

    if not path.is_file():
        return
    try:
        other = voiced_word(path)
    except DataError as error:
        raise UsageError(f"{error}, and would be lost: delete it, or give another --out") from error
    if other != word:
        raise UsageError(f"{path} is a voice for {other!r}, and would be lost: give another --name or --out")


def _from_files(
    _: "Config", arguments: Namespace, model: "StreamingModel", thresholds: dict[str, float]
) -> "list[Vector]":
    """The takes in all files; what is wrong with some of these is told."""
    from edge.cli.output import tell

    vectors: list[Vector] = []
    for file in arguments.files:
        try:
            vectors += _takes_of(file, arguments, model, thresholds)
        except DataError as error:
            tell(f"left out: {error}")
    return vectors


def _takes_of(file: str, arguments: Namespace, model: "StreamingModel", thresholds: dict[str, float]) -> "list[Vector]":
    """The takes in a file.

    Raises:
        DataError: there are none, or it is no good recording.
    """
    from edge.tuning import best_score
    from edge.voices.enrolment import takes

    blocks = _read(file, arguments)
    found = [vector for _, vector in takes(model, thresholds, blocks)]
    if not found:
        ((word, threshold),) = thresholds.items()
        score = f"its score is {best_score(model, word, blocks):.2f}, {threshold:.2f} is needed"
        raise DataError(f"{file}: {word!r} is not heard in it ({score}): record it again, as to the listener")
    return found


def _read(file: str, arguments: Namespace) -> "list[AudioBlock]":
    """The whole of a recording.

    Raises:
        DataError: it is too long, of too low a rate, silent or clipped.
    """
    import numpy as np

    from edge.audio import SAMPLE_RATE
    from edge.capture import open_recording

    blocks: list[AudioBlock] = []
    with open_recording(file, channel=wanted_channel(arguments), block=SAMPLE_RATE) as source:
        if source.rate < SAMPLE_RATE:
            raise DataError(
                f"{file}: {source.rate} Hz cut off what tells voices apart: record at {SAMPLE_RATE} Hz or more"
            )
        for block in source:
            blocks.append(block)
            if block.end > LONGEST_SECONDS * SAMPLE_RATE:
                raise DataError(f"{file}: it is longer than {LONGEST_SECONDS:g} s: cut it to takes of the word")
    if flaw := _flaw(np.concatenate([block.samples for block in blocks])):
        raise DataError(f"{file}: {flaw}")
    return blocks


def _flaw(samples: "Pcm16") -> str | None:
    """What is wrong with a recording, and the mend."""
    from edge.audio import MOST_CLIPPED, SILENT, clipped, peak

    if peak(samples) <= SILENT:
        return "it is silent: check the microphone and its level"
    share = clipped(samples)
    return f"{share:.1%} of it are clipped: turn the microphone down" if share > MOST_CLIPPED else None


def _from_input(
    config: "Config", arguments: Namespace, model: "StreamingModel", thresholds: dict[str, float]
) -> "list[Vector]":
    """Takes from the input, until there are as many as are wanted, it ends, or somebody stops it."""
    import numpy as np

    from edge.capture.reopening import Reopening
    from edge.cli.assembly import open_input
    from edge.cli.output import tell
    from edge.pipeline import Pipeline
    from edge.service import Signals
    from edge.voices import Collector

    collector, vectors, recent = Collector(model.bundle.manifest), [], np.empty(0, np.int16)
    pipeline = Pipeline(model, thresholds, judge=collector)

    def keep() -> None:
        for _, vector in collector.drain():
            flaw = _flaw(recent)
            vectors.extend([] if flaw else [vector])
            tell(flaw or f"{len(vectors)} of {arguments.times}")

    with Signals(reloads=False) as signals, Reopening(partial(open_input, config.input, arguments)) as source:
        tell(f"listening to {source.description}: say {arguments.word!r} {arguments.times} times, with pauses")
        for block in signals.until_stopped(source):
            pipeline.feed(block)
            recent = np.concatenate([recent, block.samples])[-RECENT:]
            keep()
            if len(vectors) >= arguments.times:
                return vectors
        pipeline.finish()
        keep()
    return vectors


def _each_once(takes: "list[Vector]") -> "list[Vector]":
    """Without those that are there already, which are told: of itself, a take says nothing."""
    import numpy as np

    from edge.cli.output import tell

    kept: list[Vector] = []
    for take in takes:
        if any(np.array_equal(take, other) for other in kept):
            tell("left out: a take that is there twice")
        else:
            kept.append(take)
    return kept


def _check(enrolment: "Enrolment") -> None:
    """Refuse a voice that would keep its owner out, or let many others in.

    Raises:
        DataError: the takes are not alike.
    """
    missed, passing = enrolment.own < enrolment.voice.needed, enrolment.others >= enrolment.voice.needed
    if missed.mean() + passing.mean() > MOST_WRONG:
        out = f"the voice of the others would keep out {missed.sum()} of {len(missed)}"
        problem = f"{out}, and let pass {passing.sum()} of {len(passing)} of other people"
        mend = "let one person say the word, as to the listener, and leave out bad takes"
        raise DataError(f"the takes do not sound like one person: {problem}: {mend}")


def _report(enrolment: "Enrolment", path: Path, out: Path | None) -> None:
    """What the takes are worth, and how they are put to use."""
    from edge.cli.output import write_line
    from edge.tuning import wilson_interval

    # A service has another working folder; without a slash, a path would be taken for a name.
    name = str(out.resolve()) if out else enrolment.voice.name
    voice, own, others = enrolment.voice, enrolment.own, enrolment.others
    passing = int((others >= voice.needed).sum())
    low, high = wilson_interval(passing, len(others))
    write_line(f"{voice.name} says {voice.word!r}: {len(own)} takes, and {len(others)} of other people to compare with")
    write_line(f"likeness of each take to the others: {own.min():.2f} to {own.max():.2f}; needed: {voice.needed:.2f}")
    write_line(
        f"would be missed: {int((own < voice.needed).sum())} of {len(own)}; of other people would pass: "
        f"{passing} of {len(others)} ({100 * low:.0f} to {100 * high:.0f} %)"
    )
    write_line(f"written to {path}; put it to use under [trigger] with voices = [{json.dumps(name)}]")


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w-]+", text):
        raise ArgumentTypeError(f"{text!r} is no name: give letters, digits, - and _")
    return text
