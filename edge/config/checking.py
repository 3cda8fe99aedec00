"""Rules that can never come true are refused: what they wait for must be listened for, and made of what is heard."""

from collections.abc import Iterator, Sequence
from typing import Final

from edge.config.alerts import ALERT, CAUSES, AlertConfig
from edge.config.file import ConfigFile, meant
from edge.config.sections import Config, UnderstandingConfig

MADE_BY: Final = {
    "entities": " and entities = true in [understanding]",
    "sentiment_below": " and sentiment = true in [understanding]",
    "translate": " and a translation in [understanding]",
}
"""What else to set for these conditions."""


def check_alerts(
    config: Config,
    file: ConfigFile,
    *,
    triggers: Sequence[str],
    keywords: Sequence[str],
    entities: Sequence[str],
    writes: bool,
) -> None:
    """Refuse rules that can never come true, given what is listened for, and found in it if it is written down.

    Raises:
        ConfigError: a rule waits for something that there will not be.
    """
    for number, rule in enumerate(config.alerts, start=1):
        flaws = (
            *_unheard(rule, triggers, keywords),
            *_unmade(rule, config.understanding, writes=writes),
            *_unknown("entities", rule.entities, entities, "which is no type of entity"),
        )
        for key, problem in flaws:
            raise file.error((ALERT, number, key), problem)


def check_activities(alerts: Sequence[AlertConfig], file: ConfigFile, activities: Sequence[str]) -> None:
    """Refuse rules that wait for anything but the activities that can be seen.

    Raises:
        ConfigError: a rule does.
    """
    for number, rule in enumerate(alerts, start=1):
        for condition in CAUSES:
            if condition != "activity" and getattr(rule, condition):
                problem = "is not for poses; give the rule to hark listen, in a configuration of its own"
                raise file.error((ALERT, number, condition), problem)
        for name in rule.activity:
            if name not in activities:
                raise file.error((ALERT, number, "activity"), f"has {name!r}, which the model does not know")


def _unheard(rule: AlertConfig, triggers: Sequence[str], keywords: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The conditions of a rule that wait for what is not listened for, and why that is wrong."""
    for condition, wanted, known in (("triggers", rule.triggers, triggers), ("keywords", rule.keywords, keywords)):
        yield from _unknown(condition, wanted, known, "which is not listened for")
    for name in rule.activity:
        yield (
            "activity",
            f"has {name!r}, which is seen: give the rule to hark stream pose, in a configuration of its own",
        )


def _unknown(condition: str, wanted: Sequence[str], known: Sequence[str], problem: str) -> Iterator[tuple[str, str]]:
    """The names in a condition that are not known, with what may have been meant."""
    for name in wanted:
        if name not in known:
            yield condition, f"has {name!r}, {problem}{meant(name, tuple(known)) if known else ''}"


def _unmade(rule: AlertConfig, made: UnderstandingConfig, *, writes: bool) -> Iterator[tuple[str, str]]:
    """The keys of a rule that need what nothing makes of a transcript, and what would."""
    written = "set after_trigger = true in [speech]"
    for key, there, needs in (
        ("words", True, "transcripts"),
        ("pattern", True, "transcripts"),
        ("entities", made.entities, "entities"),
        ("sentiment_below", made.sentiment, "the mood"),
        ("translate", made.translates, "a translator"),
    ):
        if getattr(rule, key) and not (writes and there):
            yield key, f"needs {needs}; {written}{MADE_BY.get(key, '')}"
    if rule.translate and not (rule.words or rule.pattern):
        yield "translate", "= true is for rules with words or a pattern; give one of them"
