"""What `hark tune` has found: a table for the owner, and the thresholds for the configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import unified_diff
from pathlib import Path

from edge.cli.output import table, write, write_line
from edge.config import ConfigFile
from edge.config.editing import SECTION, Tuned, replace_file, with_thresholds
from edge.errors import ConfigError
from edge.tuning import Choice, hours_to_show, wilson_interval


@dataclass(frozen=True, slots=True)
class Trials:
    """What the owner's recordings of a word say of a threshold."""

    missed: int
    clips: int

    def __str__(self) -> str:
        low, high = wilson_interval(self.missed, self.clips)
        return f"{self.missed} of {self.clips} missed ({100 * low:.0f} to {100 * high:.0f} %)"


@dataclass(frozen=True, slots=True)
class Result:
    """The choices and all that is told of them."""

    heard: str
    """Where the sound came from."""
    budget: float
    """False accepts an hour of each word."""
    before: Mapping[str, float]
    """Thresholds so far, where there are any."""
    scores_id: str
    """Of the trigger network, with its second look."""
    chosen: Mapping[str, Choice]
    trials: Mapping[str, Trials]
    """Of the words that the owner has recordings of."""

    @property
    def hours(self) -> float:
        """How long was listened."""
        return next(iter(self.chosen.values())).hours

    def show(self) -> None:
        """Print a table, and what it rests on."""
        write_line(
            f"{shown_hours(self.hours)} of {self.heard}, all of it taken to be other than the words; "
            f"budget of each: {shown_rate(self.budget)}"
        )
        head = ("word", "threshold", "was", "accepts", "an hour (95 %)", "own recordings", "basis")
        for line in table([head, *(self._row(word) for word in self.chosen)]):
            write_line(line)
        for basis in dict.fromkeys(choice.basis for choice in self.chosen.values()):
            write_line(f"{basis}: {self._explained(basis)}")

    def write(self, file: ConfigFile | None, *, dry_run: bool) -> None:
        """Put the thresholds into the configuration, or show how it would change.

        Raises:
            ConfigError: it is written in a way that cannot be followed.
            OutputError: it cannot be replaced.
        """
        file = file or ConfigFile(Path("hark.toml"), "")
        text = with_thresholds(file, {word: self._tuned(word) for word in self.chosen})
        if dry_run:
            write("".join(_difference(file, text)))
            return
        backup = replace_file(file.path, text)
        kept = f"as it was before the first time it is {backup}"
        write_line(f"written to {file.path}; {kept}; a listener reads it on SIGHUP")

    def _row(self, word: str) -> tuple[str, ...]:
        choice = self.chosen[word]
        low, high = choice.interval
        was = f"{self.before[word]:.4g}" if word in self.before else "-"
        rate = f"{low:.2f} to {high:.2f}"
        return (
            word,
            f"{choice.threshold:.4g}",
            was,
            str(choice.accepts),
            rate,
            str(self.trials.get(word, "-")),
            choice.basis,
        )

    def _explained(self, basis: str) -> str:
        """What each basis means, with the figures of this one."""
        wanted = f"{shown_hours(hours_to_show(self.budget))} without an accept"
        return {
            "counted": "the upper bound (95 %) of the rate here is within the budget",
            "extrapolated": f"too short to show the budget ({wanted} would); the rate at a lower threshold was "
            "followed up along the model's own curve, which is assumed to fall here as it did where it was measured",
            "shipped": f"too little here resembled the word ({wanted} would show the budget, where people talk); "
            "the threshold is that of the model's own curve, or higher where what was heard asks for it",
            "exceeded": "not even this threshold, the highest, is shown to hold the budget: listen for longer, allow "
            "more, leave the word out, or train it against what was heard (--keep)",
        }[basis]

    def _tuned(self, word: str) -> Tuned:
        choice = self.chosen[word]
        low, high = choice.interval
        heard = f"{shown_hours(choice.hours)}, accepts {choice.accepts} ({low:.2f} to {high:.2f} an hour)"
        own = f", {self.trials[word]}" if word in self.trials else ""
        evidence = f"{date.today()}: {heard}{own}; {choice.basis}, for {shown_rate(self.budget)}"
        return Tuned(choice.threshold, self.scores_id, evidence)


def check_editable(file: ConfigFile | None, words: Iterable[str]) -> None:
    """Refuse before an hour of listening, not after it, a configuration into which thresholds cannot be put.

    Raises:
        ConfigError: it is written in a way that cannot be followed.
    """
    if file:
        try:
            with_thresholds(file, {word: Tuned(0.5, "", "") for word in words})
        except ConfigError:
            problem = "cannot be changed safely as it is written: make [trigger] and [trigger.thresholds] tables"
            raise file.error(SECTION, f"{problem} with a line for each key, or use --dry-run") from None


def shown_rate(per_hour: float) -> str:
    """False accepts in a time in which they can be counted."""
    number, time = (per_hour, "an hour") if per_hour >= 0.25 else (per_hour * 24, "a day")
    return f"{number:.3g} false accept{'' if number == 1 else 's'} {time}"


def shown_hours(hours: float) -> str:
    """Hours, or minutes where they are few."""
    return f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.1f} min"


def _difference(file: ConfigFile, text: str) -> list[str]:
    before, after = (one.splitlines(keepends=True) for one in (file.text, text))
    lines = unified_diff(before, after, str(file.path), f"{file.path} (tuned)")
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
