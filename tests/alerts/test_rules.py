"""Rules raise the alerts that the owner asked for, when he asked for them, and no others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from edge.alerts.rules import Rules
from edge.config import parse
from edge.events import Alert, Event
from tests.alerts.making import activity, keyword, level, meaning, status, transcript, trigger

pytestmark = pytest.mark.runtime

NOON = datetime(2026, 3, 29, 12, tzinfo=timezone(timedelta(hours=2)))


def rules(*texts: str) -> Rules:
    text = "".join(f"[[alert]]\n{one}\n" for one in texts)
    return Rules(parse(text, Path("hark.toml")).alerts)


def raised(text: str, events: Sequence[Event], now: datetime = NOON) -> list[Alert]:
    one = rules(f'name = "rule"\n{text}')
    return [alert for event in events for alert in one.feed(event, now)]


@pytest.mark.parametrize(
    ("condition", "event", "expected"),
    [
        ('triggers = ["view glass"]', trigger(), True),
        ('triggers = ["jarvis"]', trigger(), False),
        ('triggers = ["fire"]', keyword(), False),
        ('keywords = ["fire"]', keyword(), True),
        ('words = ["help"]', transcript("please help me"), True),
        ('words = ["Help me!"]', transcript("please help me"), True),
        ('words = ["art"]', transcript("start it"), False),
        ('words = ["help"]', transcript(""), False),
        ("pattern = '^(lights?|lamp) off$'", transcript("lights off"), True),
        ("pattern = '^(lights?|lamp) off$'", transcript("lights on"), False),
        ("pattern = '^LIGHTS off$'", transcript("lights off"), True),
        ('entities = ["time", "date"]', meaning("time"), True),
        ('entities = ["date"]', meaning("time"), False),
        ('entities = ["time"]', transcript("at noon"), False),
        ("sentiment_below = 3", meaning("time", stars=2), True),
        ("sentiment_below = 3", meaning("time", stars=3), False),
        ("sentiment_below = 3", replace(meaning("time"), sentiment=None), False),
        ("sentiment_below = 3", transcript("at noon"), False),
        ('activity = ["wave", "run"]', activity(), True),
        ('activity = ["run"]', activity(), False),
        ('triggers = ["wave"]', activity(), False),
        ('status = ["device-lost"]', status(), True),
        ('status = ["device-lost"]', status("overflow"), False),
        ('triggers = ["jarvis"]\nkeywords = ["fire"]', keyword(), True),
        ("silence_seconds = 600", level("silence", 600, -50), True),
        ("silence_seconds = 600", level("silence", 60, -50), False),
        ("silence_seconds = 600\nsilence_dbfs = -60", level("silence", 600, -50), False),
        ("noise_seconds = 600", level("silence", 600, -50), False),
        ("noise_seconds = 5\nnoise_dbfs = -20", level("noise", 5, -20), True),
    ],
)
def test_a_condition_is_met_by_its_events_alone(condition: str, event: Event, *, expected: bool) -> None:
    assert bool(raised(condition, [event])) == expected


def test_what_is_doubted_means_nothing_to_a_rule_that_wants_to_be_sure() -> None:
    rule = 'words = ["help"]\nentities = ["time"]\nleast_confidence = '
    heard: list[Event] = [transcript("help"), meaning("time")]
    assert len(raised(f"{rule}0.93", heard)) == 2
    assert raised(f"{rule}0.94", heard) == []
    assert len(raised(f"{rule}0.94", [*heard, replace(transcript("help"), confidence=0.95), meaning("time")])) == 2
    assert len(raised('triggers = ["view glass"]\nwords = ["help"]\nleast_confidence = 1.0', [*heard, trigger()])) == 1


def test_the_message_is_filled_in_from_the_event() -> None:
    message = 'message = "{rule} at {at}: {name} ({score}), {time}"'
    [alert] = raised(f'triggers = ["view glass"]\n{message}', [trigger(12.0)])
    assert alert.message == "rule at 12.00: view glass (0.97), 2026-03-29T12:00:00+02:00"
    assert alert.cause == {
        "type": "trigger",
        "at": 12.0,
        "name": "view glass",
        "score": 0.9712,
        "began": 11.5,
        "ended": 11.9,
        "model": "18f11e840c20",
    }


def test_a_translation_that_is_asked_for_is_told() -> None:
    said = replace(meaning("time"), text="help at noon", translation="aide \u00e0 midi")
    rule = 'words = ["help"]\ntranslate = true\n'
    [alert] = raised(f'{rule}message = "{{text}} = {{translation}}"', [transcript("help at noon"), said])
    assert alert.message == "help at noon = aide \u00e0 midi"
    assert alert.cause["translation"] == "aide \u00e0 midi"
    [alert] = raised(f'{rule}message = "Somebody calls"', [said])
    assert alert.message == "Somebody calls: aide \u00e0 midi"
    assert not raised('words = ["help"]', [said])
    [alert, told] = raised(f'{rule}triggers = ["view glass"]\nmessage = "Somebody calls"', [trigger(), said])
    assert (alert.message, told.message) == ("Somebody calls", "Somebody calls: aide \u00e0 midi")


def test_braces_in_what_was_said_are_not_filled_in_again() -> None:
    [alert] = raised('pattern = "a"\nmessage = "{text}"', [transcript("a {rule} {0.__class__}")])
    assert alert.message == "a {rule} {0.__class__}"


def test_a_field_of_another_event_is_empty() -> None:
    [alert] = raised('triggers = ["view glass"]\nwords = ["help"]\nmessage = "{name}{text}"', [transcript("help")])
    assert alert.message == "help"


ALL = 'match = "all"\nwithin_seconds = 10\ntriggers = ["view glass"]\nwords = ["help"]\nmessage = "{name}: {text}"'


def test_all_wait_for_each_other_in_any_order() -> None:
    orders: list[list[Event]] = [[trigger(1), transcript("help", 4)], [transcript("help", 1), trigger(4)]]
    for events in orders:
        [alert] = raised(ALL, events)
        assert (alert.at, alert.message) == (4, "view glass: help")
        assert alert.cause["type"] == events[-1].type


@pytest.mark.parametrize(
    "events",
    [
        [trigger(1), trigger(2)],
        [trigger(1), transcript("help", 11.1)],
        [trigger(100), transcript("help", 1)],
        [trigger(1), transcript("no", 2)],
    ],
    ids=["the same twice", "too late", "of a stream before", "other words"],
)
def test_all_are_not_met_by_some(events: list[Event]) -> None:
    assert raised(ALL, events) == []


def test_all_are_met_anew_for_each_alert() -> None:
    assert len(raised(ALL, [trigger(1), transcript("help", 2), transcript("help", 3), trigger(4)])) == 2


def test_two_conditions_on_one_transcript_are_met_at_once() -> None:
    both = 'match = "all"\nwords = ["help"]\npattern = "now"'
    assert len(raised(both, [transcript("help now")])) == 1
    assert raised(both, [transcript("help")]) == []


def test_cooldown_holds_back_and_the_next_alert_tells_how_many() -> None:
    alerts = raised('triggers = ["view glass"]\ncooldown_seconds = 10', [trigger(at) for at in (0, 5, 9.9, 10, 21)])
    assert [(alert.at, alert.held_back) for alert in alerts] == [(0, 0), (10, 2), (21, 0)]


def test_no_hour_has_more_alerts_than_the_rate_allows() -> None:
    alerts = raised('triggers = ["view glass"]\nper_hour = 3', [trigger(60 * minute) for minute in range(180)])
    times = [alert.at for alert in alerts]
    assert times == [0, 60, 120, 3600, 3660, 3720, 7200, 7260, 7320]
    assert [alert.held_back for alert in alerts][3] == 57


def test_a_stream_that_begins_anew_is_not_held_back_by_the_one_before() -> None:
    limits = 'triggers = ["view glass"]\ncooldown_seconds = 60\nper_hour = 1'
    assert len(raised(limits, [trigger(5000), trigger(1)])) == 2


def test_what_is_told_a_little_late_is_of_the_same_stream() -> None:
    """An utterance that a mute cuts off ends in the silence after it, and then the mute is told."""
    limits = 'words = ["help"]\nstatus = ["muted"]\ncooldown_seconds = 60'
    assert len(raised(limits, [transcript("help", 10.4), status("muted", 10.0)])) == 1
    both = 'match = "all"\ntriggers = ["view glass"]\nnoise_seconds = 60'
    assert len(raised(both, [trigger(60.03), level("noise", 60, -30, 60.0)])) == 1


@pytest.mark.parametrize(
    ("span", "hour", "expected"),
    [
        ("22:00-07:00", 23, False),
        ("22:00-07:00", 6, False),
        ("22:00-07:00", 7, True),
        ("22:00-07:00", 12, True),
        ("22:00-07:00", 22, False),
        ("09:00-17:00", 12, False),
        ("09:00-17:00", 17, True),
    ],
)
def test_quiet_hours_are_those_of_the_local_wall_clock(span: str, hour: int, *, expected: bool) -> None:
    assert (
        bool(raised(f'triggers = ["view glass"]\nquiet = "{span}"', [trigger()], NOON.replace(hour=hour))) == expected
    )


def test_cooldown_does_not_follow_a_wall_clock_that_is_set_back() -> None:
    one = rules('name = "rule"\ntriggers = ["view glass"]\ncooldown_seconds = 10')
    assert len(one.feed(trigger(0), NOON)) == 1
    assert one.feed(trigger(5), NOON + timedelta(days=1)) == []
    assert len(one.feed(trigger(20), NOON - timedelta(days=1))) == 1


def test_each_rule_has_limits_and_alerts_of_its_own() -> None:
    one = rules('name = "a"\ntriggers = ["view glass"]\ncooldown_seconds = 10', 'name = "b"\ntriggers = ["view glass"]')
    alerts = [alert for at in (0, 5) for alert in one.feed(trigger(at), NOON)]
    assert [alert.rule for alert in alerts] == ["a", "b", "b"]
    assert len({alert.id for alert in alerts}) == 3


def test_a_rule_that_is_the_same_in_a_new_configuration_keeps_what_it_remembers() -> None:
    same = 'name = "same"\ntriggers = ["view glass"]\ncooldown_seconds = 60'
    before = rules(same, 'name = "other"\ntriggers = ["view glass"]\ncooldown_seconds = 60')
    assert len(before.feed(trigger(1.0), NOON)) == 2
    after = rules('name = "other"\ntriggers = ["view glass"]\ncooldown_seconds = 30', same)
    after.succeed(before)
    assert [alert.rule for alert in after.feed(trigger(2.0), NOON)] == ["other"]
    assert {alert.rule: alert.held_back for alert in after.feed(trigger(62.0), NOON)} == {"other": 0, "same": 1}
