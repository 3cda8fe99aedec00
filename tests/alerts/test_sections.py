"""The sections [[alert]], [outbox] and [sink.NAME], their errors and their documentation."""

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import time
from pathlib import Path

import pytest

from edge.config import (
    AlertConfig,
    ChimeConfig,
    CommandConfig,
    Config,
    GpioConfig,
    MqttConfig,
    OutboxConfig,
    StdoutConfig,
    WebhookConfig,
    check_alerts,
    parse,
)
from edge.errors import ConfigError
from edge.events import Alert

pytestmark = pytest.mark.runtime

DOCS = Path(__file__).parents[2] / "docs"


def read(text: str) -> Config:
    return parse(text, Path("hark.toml"))


RULE = '[[alert]]\nname = "a"\ntriggers = ["x"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alert = 1", "line 1: alert = 1 is no list; write [[alert]] above each rule"),
        (
            '[[alert]]\nname = "a"',
            "line 1: alert waits for nothing; give triggers, keywords, words, pattern, entities, sentiment_below",
        ),
        (RULE + 'message = "{text}"', "line 4: alert.message has {text}, which is no field here"),
        (RULE + 'message = "{text}"', "(there are rule, time, at, name, score, began, ended, model)"),
        (RULE + 'message = "{name heard"', "line 4: alert.message has a brace without its other one; write a field"),
        (RULE + 'message = "{name.x}"', "has {name.x}, which is no field here; did you mean 'name'?"),
        (RULE + 'message = "{score:>99999999}"', "has {score:>99999999}, which is no field here"),
        (RULE + 'sinks = ["phone"]', "line 4: alert.sinks has 'phone', which is no sink; write a section [sink.NAME]"),
        (RULE + 'sinks = ["fone"]\n[sink.phone]\ntype = "stdout"', "did you mean 'phone'?"),
        (RULE + RULE, 'line 5: alert.name = "a" is there twice; give another'),
        (RULE + 'pattern = "("', "cannot be; give a regular expression"),
        (RULE + 'words = ["route 2"]', "cannot be; give a list of words or phrases as they are said"),
        (RULE + 'quiet = "22:00-25:00"', "cannot be; give two different times of the day"),
        (RULE + 'quiet = "7:00-8:00"', "cannot be; give two different times of the day"),
        ("[sink.a]", 'sink.a.type is missing; give "stdout", "command", "webhook", "mqtt"'),
        ('[sink.a]\ntype = "fax"', 'line 2: sink.a.type = "fax" cannot be; give "stdout"'),
        ('[sink.a]\ntype = "gpio"', "line 1: sink.a.line is missing; give a whole number from 0 to 1023"),
        ('[sink.a]\ntype = "chime"\nvolume = 2', "line 3: sink.a.volume = 2 cannot be; give a number from 0.01 to 1"),
        ('[sink.a]\ntype = "chime"\nown = true\nfile = "b.wav"', "line 3: sink.a.own = true cannot be beside file"),
        ('[[alert]]\nname = "a"\nsilence_seconds = 0', "alert.silence_seconds = 0 cannot be; give a number from 1"),
        ('[[alert]]\nname = "a"\nnoise_dbfs = -10', "alert waits for nothing"),
        ('[[alert]]\nname = "a"\nstatus = ["device-lots"]', "line 3: alert.status has 'device-lots', which"),
        ('[[alert]]\nname = "a"\nstatus = ["sink-failed"]', "has 'sink-failed', which no rule can wait for"),
        ('[sink.a]\ntype = "command"\nargv = "ls"', "line 3: sink.a.argv"),
        ('[sink.a]\ntype = "command"\nargv = ["a", "{nam}"]', "sink.a.argv has {nam}, which is no field here"),
        ('[sink.a]\ntype = "webhook"\nurl = "ftp://host/"', "cannot be; give https://HOST/PATH"),
        ('[sink.a]\ntype = "webhook"\nurl = "https://[::1/"', "cannot be; give https://HOST/PATH"),
        ('[sink.a]\ntype = "mqtt"\nhost = "b"\ntopic = "a/#"', "give a topic with no + or # in it"),
        ('[sink.a]\ntype = "mqtt"\nhost = "b"\ntopic = "/a"', 'topic = "/a" cannot be; give a topic with'),
        ('[sink.a]\ntype = "mqtt"\nhost = "b"\ntopic = "a/"', 'topic = "a/" cannot be; give a topic with'),
        ('[sink.a]\ntype = "mqtt"\nhost = "b"\ntopic = "$SYS/a"', "no $ or / at its ends"),
        ('[sink.a]\ntype = "mqtt"\nhost = "192.168.1.5:1883"', "give the name or address of the broker"),
        ('[sink.a]\ntype = "mqtt"\nhost = "mqtt://b"', "give the name or address of the broker"),
        ('[sink.a]\ntype = "mqtt"\nhost = "::1::"', "give the name or address of the broker"),
        ('[outbox]\npath = "~/outbox.db"', 'path = "~/outbox.db" cannot be; give the path of a file, written out'),
        ('[sink.a]\ntype = "mqtt"', "line 1: sink.a.host is missing"),
        ('[sink.a]\ntype = "mqtt"\nhost = "foo..bar"', "give the name or address of the broker"),
        ('[sink.a]\ntype = "webhook"\nurl = "https://foo..bar/"', "cannot be; give https://HOST/PATH"),
    ],
)
def test_errors_name_the_line_and_the_mend(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rules_that_can_never_come_true_are_refused() -> None:
    def check(text: str, *, writes: bool = False, found: Sequence[str] = ()) -> None:
        config = read(text)
        assert config.file is not None
        check_alerts(config, config.file, triggers=["jarvis"], keywords=[], entities=found, writes=writes)

    check('[[alert]]\nname = "a"\ntriggers = ["jarvis"]')
    check('[[alert]]\nname = "a"\nwords = ["help"]', writes=True)
    with pytest.raises(ConfigError, match=r"line 3: alert.triggers has 'jarvi', .* did you mean 'jarvis'"):
        check('[[alert]]\nname = "a"\ntriggers = ["jarvi"]')
    with pytest.raises(ConfigError, match=r"alert\.keywords has 'fire', which is not listened for"):
        check('[[alert]]\nname = "a"\nkeywords = ["fire"]')
    with pytest.raises(ConfigError, match=r"alert\.pattern needs transcripts; set after_trigger"):
        check('[[alert]]\nname = "a"\npattern = "x"')
    with pytest.raises(ConfigError, match=r"alert\.entities needs entities; .* entities = true in \[understanding\]"):
        check('[[alert]]\nname = "a"\nentities = ["time"]', writes=True)
    finds = "[understanding]\nentities = true\n"
    check(f'{finds}[[alert]]\nname = "a"\nentities = ["time"]', writes=True, found=["time", "person"])
    with pytest.raises(ConfigError, match=r"line 5: alert.entities has 'persn', .* did you mean 'person'"):
        check(f'{finds}[[alert]]\nname = "a"\nentities = ["persn"]', writes=True, found=["time", "person"])
    with pytest.raises(
        ConfigError, match=r"alert\.activity has 'wave', which is seen: give the rule to hark stream pose"
    ):
        check('[[alert]]\nname = "a"\nactivity = ["wave"]')
    with pytest.raises(ConfigError, match=r"alert\.translate needs a translator; .* a translation in"):
        check('[[alert]]\nname = "a"\nwords = ["help"]\ntranslate = true', writes=True)
    translates = '[understanding]\ntranslation = "translation-en-fr"\n'
    check(f'{translates}[[alert]]\nname = "a"\nwords = ["help"]\ntranslate = true', writes=True)
    with pytest.raises(ConfigError, match=r"alert\.translate = true is for rules with words or a pattern"):
        check(f'{translates}[[alert]]\nname = "a"\ntriggers = ["jarvis"]\ntranslate = true', writes=True)
    with pytest.raises(ConfigError, match=r"alert\.sentiment_below needs the mood; .* sentiment = true in"):
        check('[[alert]]\nname = "a"\nsentiment_below = 2', writes=True)


def test_the_example_shows_every_key_and_is_valid() -> None:
    text = (DOCS / "hark.toml").read_text()
    for section in (AlertConfig, OutboxConfig, CommandConfig, WebhookConfig, MqttConfig, GpioConfig, ChimeConfig):
        for item in fields(section):
            assert re.search(rf"^(#   )?{item.name} = ", text, re.MULTILINE), item.name
    config = read(re.sub(r"^#   (\w+ = .*|\[.*\])$", r"\1", text, flags=re.MULTILINE))
    assert config.outbox == OutboxConfig()
    [rule] = config.alerts
    assert rule.quiet == (time(22), time(7))
    assert rule.sinks == ("phone", "home")
    assert {name: type(sink) for name, sink in config.sinks.items()} == {
        "journal": StdoutConfig,
        "speaker": CommandConfig,
        "phone": WebhookConfig,
        "home": MqttConfig,
        "lamp": GpioConfig,
        "bell": ChimeConfig,
    }


def test_the_document_describes_an_alert_as_it_is() -> None:
    section = (DOCS / "events.md").read_text().split("## `alert`")[1]
    names = [item.name for item in fields(Alert)]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == names[1:]
    example = re.search(r"^    (\{.*\})$", section, re.MULTILINE)
    assert example is not None
    values = json.loads(example[1])
    assert list(values) == ["type", *names]
    assert Alert(**{name: values[name] for name in names}).to_json() == example[1]
