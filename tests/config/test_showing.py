"""What holds, shown as TOML: reading it again gives the same, and no secret is in it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import Config, KeywordEntry, parse
from edge.config.showing import shown_config
from tests.cli.program import ROOT, hark

pytestmark = pytest.mark.runtime

EXAMPLE = ROOT / "docs" / "hark.toml"
FULL = """
[trigger]
words = ["jarvis", "view glass"]
[trigger.thresholds]
"view glass" = 0.8
[speech]
grammar = "C:\\\\coffee.jsgf"
[speech.hot_words]
atlas = 4
[[keyword]]
text = "smoke alarm"
name = "fire \\"\\u007f\\n"
[[keyword]]
text = "good night"
threshold = 0.5
[[alert]]
name = "help"
triggers = ["jarvis"]
quiet = "22:00-07:05"
pattern = '(lights?|lamp) "on'
sinks = ["the phone"]
[sink."the phone"]
type = "webhook"
url = "http://[::1]:8080"
[sink.out]
type = "stdout"
[sink."küche \\"2\\"\\n"]
type = "command"
argv = ["true"]
[sink.home]
type = "mqtt"
host = "broker"
credentials_file = "/etc/hark/mqtt"
[metrics]
listen = "[::1]:9464"
"""


def again(config: Config) -> Config:
    """What is shown, read; but for the text that each came from."""
    return replace(parse(shown_config(config), Path("shown.toml")), file=config.file)


@pytest.mark.parametrize("text", ["", FULL, EXAMPLE.read_text()], ids=["defaults", "full", "example"])
def test_reading_it_again_gives_the_same(text: str) -> None:
    config = parse(text, Path("hark.toml"))
    assert again(config) == config


def test_the_example_is_shown_with_all_that_it_sets() -> None:
    shown = shown_config(parse(EXAMPLE.read_text(), EXAMPLE))
    for line in re.findall(r"^(?:\[\w+\]|\w+ = [^#\n]+)$", EXAMPLE.read_text(), re.MULTILINE):
        assert line in shown.splitlines()


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_escaped_as_toml_wants_it(name: str) -> None:
    config = replace(Config(), keywords=(KeywordEntry("smoke alarm", name),))
    assert again(config).keywords[0].name == name.partition("://")[0] + ("://..." if "://" in name else "")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A configuration with a secret, "hunter2", wherever somebody may have put one."""
    for name in ("key", "credentials"):
        (tmp_path / name).write_text("hunter2\nhunter2\n")
    file = tmp_path / "hark.toml"
    file.write_text(f"""
[input]
source = "exec:ffmpeg -i rtsp://me:hunter2@camera/hunter2 -f s16le -"
[[keyword]]
text = "smoke alarm"
[[alert]]
name = "fire"
keywords = ["smoke alarm"]
message = "see https://me:hunter2@example.org/hunter2"
[sink.hook]
type = "webhook"
url = "https://example.org/hunter2?key=hunter2#hunter2"
secret_file = "{tmp_path}/key"
[sink.short]
type = "webhook"
url = "https://example.org?hunter2"
[sink.home]
type = "mqtt"
host = "broker"
credentials_file = "{tmp_path}/credentials"
[sink.run]
type = "command"
argv = ["curl", "-u", "me:hunter2", "https://example.org/hunter2"]
[outbox]
path = "{tmp_path}/outbox.db"
""")
    return file


def test_no_secret_is_shown(secrets: Path) -> None:
    shown = hark("listen", "--show-config", "--config", secrets)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "hunter2" not in shown.stdout
    for line in (
        'source = "exec:ffmpeg ..."', 'url = "https://example.org/..."', 'argv = ["curl", "..."]',
        f'secret_file = "{secrets.parent}/key"', 'message = "see https://..."',
    ):  # fmt: skip
        assert line in shown.stdout.splitlines()


def test_no_secret_is_in_an_error_either(secrets: Path) -> None:
    text = secrets.read_text()
    for before, after in (
        ('["curl", "-u", "me:hunter2", "https://example.org/hunter2"]', '"curl -u me:hunter2"'),
        ('["curl", "-u", "me:hunter2", "https://example.org/hunter2"]', '["curl", "-u", "me:hunter2", 1]'),
        ("https://example.org?hunter2", "https://me:hunter2@example.org"),
        ('url = "https://example.org?hunter2"', 'url = "example.org/hunter2"'),
        ('url = "https://example.org?hunter2"', 'url = "https:/example.org/hunter2"'),
        ("https://example.org?hunter2", "https://example.org/'hunter2,] hunter2"),
        ('host = "broker"', 'password = "hunter2"\nhost = "broker"'),
        ('host = "broker"', 'host = "mqtts://me:hunter2@broker"'),
        ("[outbox]", "[outbox]\nrows = [hunter2]"),
    ):
        assert before in text
        secrets.write_text(text.replace(before, after))
        refused = hark("listen", "--show-config", "--config", secrets)
        assert refused.returncode == 78
        assert "hunter2" not in refused.stdout + refused.stderr
        assert str(secrets) in refused.stderr


def test_what_the_command_line_says_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "hark.toml").write_text("[input]\nrate = 48000\nblock_seconds = 0.1\n")
    shown = hark(
        "listen", "--show-config", "--config", tmp_path / "hark.toml", "--input", "day.wav", "--words", "jarvis,alexa",
        "--transcribe", "--keyword", "good night", "--false-accepts-per-hour", "2", "--block", "1600",
    )  # fmt: skip
    config = parse(shown.stdout, Path("shown.toml"))
    assert (config.input.source, config.input.rate, config.input.block_seconds) == ("day.wav", None, 0.1)
    assert (config.trigger.words, config.trigger.false_accepts_per_hour) == (("jarvis", "alexa"), 2.0)
    assert config.speech.after_trigger
    assert [keyword.text for keyword in config.keywords] == ["good night"]
