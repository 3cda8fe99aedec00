"""hark tune: thresholds for a budget of false accepts, from the owner's own recordings."""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from edge.cli.options import add_input, add_trigger, by_rule, check_input, number, path, wanted_channel
from edge.errors import DataError, DeviceError, OutputError, UsageError

if TYPE_CHECKING:
    from edge.audio import AudioBlock
    from edge.capture import Channel
    from edge.cli.tuned import Trials
    from edge.config import Config
    from edge.model import StreamingModel
    from edge.service import Signals
    from edge.tuning import AcceptCounter, Miner

EXAMPLES = """\
Everything in the recordings counts as NOT the word: leave out those in which somebody says it. They should be like
the days to come: the same room and microphone, the same talk, music and television. The budget is that of each word.
Each word's threshold goes to [trigger.thresholds] of the configuration, with the evidence in a comment above it;
nothing else in the file is changed, and the file as it was before the first time is kept beside it. The model in that
comment is the network with its second look, for the scores are those of both: where another takes its place, hark
listen says so.

examples:
  hark tune day.flac --budget 1/day --config hark.toml
  hark tune monday.wav tuesday.wav --budget 0.5/hour --positives me/ --dry-run
  hark tune --minutes 60 --budget 2/hour              listen to the microphone; Ctrl-C ends it sooner
  hark tune tv.wav --dry-run --keep mined/            then: python -m train trigger --negatives mined/
"""

BLOCK: Final = 16_000
Show: TypeAlias = Callable[[], None]
_USUAL_MINUTES: Final = 60.0
_MINUTES: Final = number(0.01, 60 * 24 * 31, "minutes")
HOURS: Final = {"hour": 1.0, "h": 1.0, "day": 24.0, "d": 24.0, "week": 168.0}


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="long recordings; none: listen to the input")
    help_text = "false accepts of each word: 0.5/hour, 1/day, 2/week; default: that of the configuration"
    parser.add_argument("--budget", type=budget_per_hour, metavar="N/TIME", help=help_text)
    help_text = "recordings of a word, to see how many would be missed: WORD=FOLDER, or a folder of folders named so"
    parser.add_argument("--positives", action="append", default=[], metavar="[WORD=]FOLDER", help=help_text)
    parser.add_argument(
        "--minutes", type=_MINUTES, metavar="M", help=f"to listen to the input; default: {_USUAL_MINUTES:g}"
    )
    parser.add_argument("--keep", type=path, metavar="FOLDER", help="keep the worst false accepts as short WAV files")
    parser.add_argument("--dry-run", action="store_true", help="show what would change in the configuration")
    add_input(parser)
    add_trigger(parser, thresholds=False)


def run(arguments: Namespace) -> int:
    """Listen, choose, report, and write."""
    from edge.cli.assembly import choose_thresholds, configure, load_model, wanted_words
    from edge.cli.tuned import Result, check_editable
    from edge.tuning import AcceptCounter, Miner, choose

    check_input(arguments, "minutes")
    config = configure(arguments)
    _check_writable(config, arguments.dry_run)
    model = load_model(config)
    words = wanted_words(config, model.bundle.manifest.labels, arguments.words)
    positives = _positives(arguments.positives, words)
    budget = config.trigger.false_accepts_per_hour if arguments.budget is None else arguments.budget
    if budget <= 0:
        raise UsageError("a budget of none cannot be shown by any recording: give --budget, such as 1/week")
    curves = model.bundle.manifest.operating_points
    before = choose_thresholds(config.trigger, model, [word for word in words if word in curves])
    counter, miner = AcceptCounter(model, words), Miner() if arguments.keep else None
    if miner:
        miner.save(arguments.keep)  # Nothing yet: a folder that cannot be is refused before an hour of listening.
    if not arguments.dry_run:
        check_editable(config.file, words)
    _check_files(arguments.files, wanted_channel(arguments))
    with _kept(miner, arguments.keep):
        name, bad = _hear(config, arguments, counter, miner)
    chosen = {word: choose(word, counter.counts[word], counter.hours, budget, curves.get(word)) for word in words}
    trials = {word: _trials(model, word, files, chosen[word].threshold) for word, files in positives.items()}
    result = Result(name, budget, before, model.scores_id, chosen, trials)
    result.show()
    result.write(config.file, dry_run=arguments.dry_run)
    if bad:
        raise DataError(f"{bad} of {len(arguments.files)} recordings could not be heard to their ends")
    return 0


def budget_per_hour(text: str) -> float:
    """False accepts an hour, from `N/TIME`.

    Raises:
        ArgumentTypeError: it is not written so, or beyond all use.
    """
    found = re.fullmatch(rf"(\d*\.?\d+) */ *({'|'.join(HOURS)})", text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no budget: give one such as 0.5/hour, 1/day or 2/week")
    from edge.config.rules import Number

    return float(by_rule(Number(1e-6, 3600, "false accepts an hour"), float(found[1]) / HOURS[found[2]], text))


def _hear(config: "Config", arguments: Namespace, counter: "AcceptCounter", miner: "Miner | None") -> tuple[str, int]:
    """Count the accepts of all recordings, or of the input, until a stop is wished for.

    Returns:
        what was heard, for the report, and how many recordings ended badly.
    """
    from edge.service import Signals

    with _progress(counter) as show, Signals(reloads=False) as signals:
        if arguments.files:
            heard, bad = _hear_files(arguments, counter, miner, show, signals)
        else:
            count = partial(_count, "live", counter, miner, show)
            heard, bad = _hear_live(config, arguments, count, counter, signals), 0
    if counter.hours == 0:
        if signals.is_stopping:  # Who stops it before anything was heard wants nothing of it.
            raise KeyboardInterrupt
        raise DeviceError(f"{heard} gave no sound: check it with hark listen")
    return heard, bad


def _hear_files(
    arguments: Namespace, counter: "AcceptCounter", miner: "Miner | None", show: Show, signals: "Signals"
) -> tuple[str, int]:
    from edge.capture import open_recording
    from edge.cli.output import complain

    heard, bad = [], 0
    for file in arguments.files:
        try:
            with open_recording(file, channel=wanted_channel(arguments), block=BLOCK) as source:
                _count(file, counter, miner, show, signals.until_stopped(source))
        except DataError as error:
            if counter.hours == 0:
                raise
            complain(f"{error}; what was heard until then counts")
            bad += 1
        heard.append(Path(file).name)
        if signals.is_stopping:
            break
    return ", ".join(heard), bad


def _hear_live(
    config: "Config",
    arguments: Namespace,
    count: "Callable[[Iterable[AudioBlock]], None]",
    counter: "AcceptCounter",
    signals: "Signals",
) -> str:
    from edge.capture.reopening import Reopening
    from edge.cli.assembly import open_input

    with Reopening(partial(open_input, config.input, arguments)) as live:
        count(_until(signals.until_stopped(live), counter, (arguments.minutes or _USUAL_MINUTES) / 60))
    return live.description


@contextmanager
def _kept(miner: "Miner | None", folder: Path) -> Iterator[None]:
    """Save what was found, whatever went wrong or will: nobody listens twice for it."""
    try:
        yield
    except BaseException:
        with suppress(OutputError):  # What went wrong first is told.
            _save(miner, folder)
        raise
    _save(miner, folder)


def _save(miner: "Miner | None", folder: Path) -> None:
    from edge.cli.output import tell

    if miner:
        tell(f"{miner.save(folder)} false accepts are in {folder}")


def _count(
    name: str, counter: "AcceptCounter", miner: "Miner | None", show: Show, blocks: "Iterable[AudioBlock]"
) -> None:
    """One stream, to its end."""
    counter.begin()
    if miner:
        miner.begin(name)
    try:
        for block in blocks:
            counter.feed(block)
            if miner:
                miner.feed(block, counter.peaks)
            show()
        counter.finish()
    finally:
        if miner:
            miner.finish(counter.peaks)


def _until(blocks: "Iterator[AudioBlock]", counter: "AcceptCounter", hours: float) -> "Iterator[AudioBlock]":
    """The blocks of so many hours, after which the source is left alone."""
    for block in blocks:
        yield block
        if counter.hours >= hours:
            return


@contextmanager
def _progress(counter: "AcceptCounter") -> Iterator[Show]:
    """What shows the progress to a person who watches, in a line that is wiped away at the end."""
    from edge.cli.output import is_terminal

    watched = is_terminal(sys.stderr)
    shown = ""

    def show() -> None:
        nonlocal shown
        length, counts = round(counter.hours * 3600), [int(found[0]) for found in counter.counts.values()]
        line = (
            f"heard {length // 3600}:{length // 60 % 60:02}:{length % 60:02}, {sum(counts)} sounds a little like a word"
        )
        if line != shown:
            shown = line
            print(f"\r{line}", end="", file=sys.stderr, flush=True)

    try:
        yield show if watched else lambda: None
    finally:
        if shown:
            print(f"\r{'':{len(shown)}}\r", end="", file=sys.stderr, flush=True)


def _positives(given: Sequence[str], words: Sequence[str]) -> dict[str, list[Path]]:
    """The recordings of each word.

    Raises:
        UsageError: a folder is named after no word that is tuned.
        DataError: a folder is missing, or holds no sound file, or one that cannot be read.
    """
    files: dict[str, list[Path]] = {}
    for text in given:
        word, named, folder = text.rpartition("=")
        for name, place in [(word, Path(folder))] if named else _folders(Path(folder)):
            known = next((one for one in words if _plain(one) == _plain(name)), None)
            if known is None:
                raise UsageError(f"--positives: {place} is for {name!r}, but {', '.join(words)} are tuned")
            files.setdefault(known, []).extend(_sound_files(place))
    return files


def _folders(folder: Path) -> list[tuple[str, Path]]:
    found = [(path.name, path) for path in sorted(folder.glob("*")) if path.is_dir()]
    if not found:
        raise DataError(f"{folder} has no folders named after words: make them, or give WORD={folder}")
    return found


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", " ", word).lower()


def _sound_files(folder: Path) -> list[Path]:
    from edge.audio import SOUND_FILES
    from edge.capture import open_recording

    found = sorted(file for file in folder.glob("*") if file.suffix.lower() in SOUND_FILES)
    if not found:
        raise DataError(f"{folder} holds no sound files ({', '.join(SOUND_FILES)}): check the path")
    for file in found:
        # To the end, for one that is cut short must not be found out after an hour of listening.
        with open_recording(str(file)) as source:
            deque(source, maxlen=0)
    return found


def _trials(model: "StreamingModel", word: str, files: Sequence[Path], threshold: float) -> "Trials":
    from edge.capture import open_recording
    from edge.cli.tuned import Trials
    from edge.tuning import best_score

    missed = 0
    for file in files:
        with open_recording(str(file), block=BLOCK) as source:
            missed += best_score(model, word, list(source)) < threshold
    return Trials(missed, len(files))


def _check_files(files: Sequence[str], channel: "Channel") -> None:
    """Refuse one that is not there, or lacks the channel, before an hour of listening to the one before it."""
    from edge.capture import open_recording

    for file in files:
        if not Path(file).is_fifo():  # Which can be read but once.
            open_recording(file, channel=channel).close()


def _check_writable(config: "Config", dry_run: bool) -> None:
    """Refuse before an hour of listening, not after it."""
    from edge.config.editing import check_replaceable

    if dry_run:
        return
    if config.file is None:
        raise UsageError("there is no configuration to write to: name one with --config, or use --dry-run")
    try:
        check_replaceable(config.file.path)
    except OSError as error:
        problem = f"{config.file.path} cannot be replaced by you ({error.strerror})"
        raise OutputError(f"{problem}: use sudo, or --dry-run") from error
