import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import (
    Config,
    InputConfig,
    KeywordEntry,
    MetricsConfig,
    RecordingConfig,
    RuntimeConfig,
    SpeechConfig,
    TriggerConfig,
    UnderstandingConfig,
    find_line,
    load_config,
    parse,
    words_of,
)
from edge.config.editing import Tuned, replace_file, with_thresholds
from edge.config.file import ConfigFile, told_by_line
from edge.errors import ConfigError, DataError

EXAMPLE = Path(__file__).parents[2] / "docs" / "hark.toml"
LABELS = ("alexa", "jarvis", "view glass")


def read(text: str) -> Config:
    return parse(text, Path("hark.toml"))


EVERYTHING = """
[input]
source = "mic:2"
rate = 48_000
channels = 6
channel = 0
block_seconds = 0.1
[trigger]
model = "/opt/models/mine"
words = ["view glass", "alexa"]
false_accepts_per_hour = 1
voices = ["anna", "./ben.npz"]
[trigger.thresholds]
"view glass" = 0.8
[speech]
model = "/opt/models/speech"
after_trigger = true
beam = 8
language = "none"
rescore = "/opt/models/language"
grammar = "/etc/hark/coffee.jsgf"
nothing_seconds = 5
silence_seconds = 0.5
longest_seconds = 30
log_text = false
[speech.hot_words]
atlas = 6
"Dr. Müller" = 2.5
[[keyword]]
text = "smoke alarm"
[[keyword]]
text = "fire alarm"
name = "smoke alarm"
threshold = 0.6
[runtime]
name = "tflite-runtime"
delegate = "edgetpu"
[metrics]
enabled = true
listen = "192.168.1.5:9000"
public = true
[recording]
enabled = true
folder = "/srv/clips"
seconds_before = 1
seconds_after = 0
clips = 10
megabytes = 5
days = 0.5
[understanding]
entities = true
entities_model = "/opt/models/entities"
sentiment = true
sentiment_model = "/opt/models/mood"
"""


def test_everything_can_be_set() -> None:
    config = read(EVERYTHING)
    assert config.input == InputConfig("mic:2", 48_000, 6, 0, 0.1)
    assert config.trigger == TriggerConfig(
        "/opt/models/mine", ("view glass", "alexa"), 1.0, {"view glass": 0.8}, ("anna", "./ben.npz")
    )
    assert config.speech == SpeechConfig(
        "/opt/models/speech",
        True,
        8,
        "none",
        "/opt/models/language",
        "/etc/hark/coffee.jsgf",
        5.0,
        0.5,
        30.0,
        {"atlas": 6.0, "Dr. Müller": 2.5},
        log_text=False,
    )
    assert config.keywords == (KeywordEntry("smoke alarm"), KeywordEntry("fire alarm", "smoke alarm", 0.6))
    assert config.runtime == RuntimeConfig("tflite-runtime", "edgetpu")
    assert config.metrics == MetricsConfig(True, ("192.168.1.5", 9000), True)
    assert config.recording == RecordingConfig(True, "/srv/clips", 1.0, 0.0, 10, 5.0, 0.5)
    assert config.understanding == UnderstandingConfig(True, "/opt/models/entities", True, "/opt/models/mood")


ERRORS = {
    "section misspelt": ("[triger]", "line 1: triger is unknown; did you mean 'trigger'?"),
    "section unknown": ("\n[alerts]", "line 2: alerts is unknown; did you mean 'alert'? (there are input,"),
    "section is a value": ("input = 3", "line 1: input = 3 is no section; write [input]"),
    "section is a list": ("[[input]]", "input is there once alone; write [input] for [[input]]"),
    "key at the top": ("rate = 16000", "line 1: rate is unknown"),
    "key misspelt": (
        "[trigger]\n# more\nfalse_acepts_per_hour = 1",
        "line 3: trigger.false_acepts_per_hour is unknown; did you mean 'false_accepts_per_hour'?",
    ),
    "key of another section": ("[runtime]\nrate = 1", "line 2: runtime.rate is unknown (there are name, delegate)"),
    "text for a number": ('[input]\nrate = "16k"', 'line 2: input.rate = "16k" cannot be; give a whole number'),
    "truth for a number": ("[input]\nchannels = true", "line 2: input.channels = true cannot be"),
    "fraction for a whole number": ("[input]\nrate = 16000.0", "line 2: input.rate = 16000.0 cannot be"),
    "too low": ("[input]\nrate = 1", "give a whole number from 4000 to 384000 Hz"),
    "too high": ("[input]\nblock_seconds = 60", "give a number from 0.01 to 1 seconds"),
    "no number": ("[trigger]\nfalse_accepts_per_hour = nan", "trigger.false_accepts_per_hour = nan cannot be"),
    "negative": ("[trigger]\nfalse_accepts_per_hour = -1", "give a number from 0 to 3600 false accepts an hour"),
    "number for a text": ("[input]\nsource = 2", "line 2: input.source = 2 cannot be"),
    "empty text": ('[trigger]\nmodel = ""', 'line 2: trigger.model = "" cannot be'),
    "not a choice": (
        '[runtime]\ndelegate = "gpu"',
        'line 2: runtime.delegate = "gpu" cannot be; give "none" or "edgetpu"',
    ),
    "not a channel": ('[input]\nchannel = "left"', 'give a channel from 0 to 63, or "mix"'),
    "negative channel": ("[input]\nchannel = -1", "line 2: input.channel = -1 cannot be"),
    "no words": ("[trigger]\nwords = []", "line 2: trigger.words = [] cannot be"),
    "words as text": ('[trigger]\nwords = "alexa"', 'line 2: trigger.words = "alexa" cannot be'),
    "words twice": ('[trigger]\nwords = ["a", "a"]', "give a list of different words"),
    "words of numbers": ("[trigger]\nwords = [1]", "line 2: trigger.words = [1] cannot be"),
    "thresholds as a number": ("[trigger]\nthresholds = 0.5", "line 2: trigger.thresholds = 0.5 is no section"),
    "threshold too high": (
        '[trigger.thresholds]\nalexa = 0.5\n"view glass" = 1.0',
        'line 3: trigger.thresholds."view glass" = 1.0 cannot be; give a number from 0.01 to 0.999',
    ),
    "threshold in a line": ("[trigger]\nthresholds = { alexa = 7 }", "line 2: trigger.thresholds.alexa = 7 cannot be"),
    "number for a truth": (
        "[speech]\nafter_trigger = 1",
        "line 2: speech.after_trigger = 1 cannot be; give true or false",
    ),
    "beam too wide": ("[speech]\nbeam = 257", "line 2: speech.beam = 257 cannot be; give a whole number from 1 to 256"),
    "empty path": ('[speech]\nlanguage = ""', 'give "shipped", "none" or the path of a language model'),
    "silence too short": ("[speech]\nsilence_seconds = 0.1", "give a number from 0.2 to 10 seconds"),
    "boost too high": (
        "[speech.hot_words]\natlas = 21",
        "line 2: speech.hot_words.atlas = 21 cannot be; give a number from 0.1 to 20 nats",
    ),
    "hot word with digits": (
        '[speech.hot_words]\n"route 66" = 4',
        'line 2: speech.hot_words."route 66" cannot be; give words as they are said: "route two", not "route 2"',
    ),
    "hot word that says nothing": ('[speech.hot_words]\n"..." = 4', 'line 2: speech.hot_words."..." cannot be'),
    "keyword without text": (
        '[[keyword]]\ntext = "smoke alarm"\n\n[[keyword]]\nname = "fire"',
        "line 4: keyword.text is missing; give words of 3 letters or more",
    ),
    "keyword too short": (
        '[trigger]\n[[keyword]]\ntext = "alarm"\n[[keyword]]\ntext = "on"',
        'line 5: keyword.text = "on" cannot be; give words of 3 letters or more as they are said',
    ),
    "keyword with digits": ('[[keyword]]\ntext = "call 911"', 'line 2: keyword.text = "call 911" cannot be'),
    "keyword as a number": ("[[keyword]]\ntext = 3", "line 2: keyword.text = 3 cannot be"),
    "keyword twice": (
        '[[keyword]]\ntext = "smoke alarm"\n[[keyword]]\ntext = "Smoke alarm!"',
        'line 4: keyword.text = "Smoke alarm!" is there twice',
    ),
    "threshold of a keyword": (
        '[[keyword]]\ntext = "alarm"\nthreshold = 1.0',
        "line 3: keyword.threshold = 1.0 cannot be; give a number from 0.01 to 0.99",
    ),
    "key of a keyword misspelt": (
        '[[keyword]]\ntext = "alarm"\ntreshold = 0.5',
        "line 3: keyword.treshold is unknown; did you mean 'threshold'?",
    ),
    "one pair of brackets": ('[keyword]\ntext = "alarm"', "is no list; write [[keyword]] above each keyword"),
    "keywords as texts": ('keyword = ["alarm"]', 'line 1: keyword = "alarm" is no section; write [[keyword]]'),
    "keywords in a line": ('keyword = [{ text = "on" }]', 'line 1: keyword.text = "on" cannot be'),
    "a section that is only written by its own ones": ('\n[sinks.home]\ntype = "stdout"', "line 2: sinks is unknown"),
    "a sink with a dot in its name": ('[sink.living.room]\ntype = "stdout"', "line 1: sink.living.type is missing"),
    "a text of two lines": ('[input]\nrate = "a\\nb\\u001b[1m"', r'line 2: input.rate = "a\nb\u001b[1m" cannot be'),
    "not TOML": ("[input]\nrate == 3", "line 2: not TOML: "),
    "a number of thousands of digits": ("[input]\nrate = " + "9" * 5000, "not TOML: "),
    "thousands of brackets": ("[input]\nrate = " + "[" * 5000, "not TOML: nested too deeply"),
    "twice": ("[input]\nrate = 16000\nrate = 16000", "not TOML: "),
}


def test_a_byte_that_no_path_can_have_is_refused() -> None:
    for text in ('[input]\nsource = "exec:a\\u0000b"', '[outbox]\npath = "a\\u0000"', '[speech]\ngrammar = "\\u0000"'):
        with pytest.raises(ConfigError, match=r"line 2: .* cannot be"):
            parse(text + "\n", Path("hark.toml"))


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_errors_name_the_line_the_key_the_value_and_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    said = str(caught.value)
    assert said.startswith("hark.toml")
    assert message in said
    assert "\n" not in said
    assert caught.value.exit_code == 78


@given(
    st.text()
    | st.from_regex(
        r"\[(input|trigger|speech|\[keyword\]|runtime)\]\n[a-z_]{1,8} = [\w\".\-\[\]{}]{1,9}", fullmatch=True
    )
)
def test_any_text_is_a_configuration_or_one_line_of_error(text: str) -> None:
    problem = ""
    try:
        read(text)
    except ConfigError as error:
        problem = str(error)
    assert "\n" not in problem


LINES = {
    "in its section": ("[input]\nrate = 1\n[trigger]\nrate = 2", ("trigger", "rate"), 4),
    "in quotes": ("[trigger.thresholds]\n'view glass' = 1", ("trigger", "thresholds", "view glass"), 2),
    "with dots": ('trigger.thresholds."view glass" = 1', ("trigger", "thresholds", "view glass"), 1),
    "dots in quotes": ('[a]\n"b.c" = 1', ("a", "b.c"), 2),
    "a section": ("# one\n [ input ] # two", ("input",), 2),
    "not in a comment": ("[input]\n# rate = 1", ("input", "rate"), None),
    "in one of many": ("[a]\nb = 1\n[[c]]\nb = 2\n[[c]]\nb = 3\n[a.d]\nb = 4", ("c", 2, "b"), 6),
    "behind a byte order mark": ("\ufeff[input]\nrate = 1", ("input", "rate"), 2),
    "one of many": ("[[c]]\nb = 2\n [[ c ]] # two\nb = 3", ("c", 2), 3),
    "after many": ("[[c]]\nb = 2\n[a]\nb = 4", ("a", "b"), 4),
    "nowhere": ("", ("input",), None),
}


@pytest.mark.parametrize(("text", "key", "line"), LINES.values(), ids=LINES.keys())
def test_lines_are_found(text: str, key: tuple[str | int, ...], line: int | None) -> None:
    assert find_line(text, key) == line


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(system=tmp_path / "absent.toml") == Config()


def test_a_named_file_comes_before_that_of_the_system(tmp_path: Path) -> None:
    named, system = tmp_path / "named.toml", tmp_path / "system.toml"
    named.write_text('[trigger]\nmodel = "named"')
    system.write_text('[trigger]\nmodel = "system"')
    assert load_config(named, system).trigger.model == "named"
    assert load_config(None, system).trigger.model == "system"


def test_what_an_editor_of_windows_writes_is_read_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "hark.toml"
    file.write_bytes(b"\xef\xbb\xbf[trigger]\r\nmodel = 'mine'\r\n")
    config = load_config(file)
    assert config.trigger.model == "mine"
    assert config.file is not None
    replace_file(file, with_thresholds(config.file, {"alexa": Tuned(0.9, "0123456789ab", "today")}))
    after = file.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf[trigger]\r\nmodel = 'mine'\r\n")
    assert after.count(b"\n") == after.count(b"\r\n") == 6
    assert load_config(file).trigger.thresholds == {"alexa": 0.9}


def test_a_named_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes("# caf\xe9".encode("latin-1"))
    for path, problem in ((tmp_path / "no.toml", "No such file"), (tmp_path, "directory"), (latin, "not UTF-8")):
        with pytest.raises(ConfigError, match=problem) as caught:
            load_config(path)
        assert str(path) in str(caught.value)


def test_words_are_all_of_the_model_or_those_that_are_named() -> None:
    assert words_of(Config(), LABELS) == LABELS
    assert words_of(read('[trigger]\nwords = ["view glass", "alexa"]'), LABELS) == ("alexa", "view glass")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[trigger]\nwords = ["jarvis", "alexia"]',
            "line 2: trigger.words has 'alexia', which trigger-en does not know",
        ),
        ("[trigger.thresholds]\nalexia = 0.5", "line 2: trigger.thresholds.alexia is no word of trigger-en"),
    ],
)
def test_a_word_that_the_model_lacks_is_an_error_that_names_those_it_has(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        words_of(read(text), LABELS)
    assert message in str(caught.value)
    assert "did you mean 'alexa'? (there are alexa, jarvis, view glass)" in str(caught.value)


def test_the_example_shows_every_key_with_its_default() -> None:
    text = EXAMPLE.read_text()
    assert replace(parse(text, EXAMPLE), file=None) == Config()
    sections = (
        InputConfig, TriggerConfig, SpeechConfig, KeywordEntry, RuntimeConfig, MetricsConfig, RecordingConfig
    )  # fmt: skip
    for section in sections:
        for item in fields(section):
            assert re.search(rf"^(# )?{item.name} = |^\[\w+\.{item.name}\]", text, re.MULTILINE), item.name


def test_what_the_example_has_in_comments_is_valid() -> None:
    keys = r'(?:rate|words|"view glass"|grammar|"atlas"|text|name|threshold) =.*|\[\[keyword\]\]'
    text = re.sub(rf"^# ({keys})$", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE)
    config = parse(text, EXAMPLE)
    assert config.input.rate == 48_000
    assert config.trigger.words == ("jarvis", "view glass")
    assert config.trigger.thresholds == {"view glass": 0.3}
    assert config.speech.grammar == "docs/grammars/coffee.jsgf"
    assert config.speech.hot_words == {"atlas": 4.0}
    assert config.keywords == (KeywordEntry("smoke alarm", "fire", 0.6),)


def test_what_a_value_names_and_is_not_there_is_told_by_its_line(tmp_path: Path) -> None:
    file = ConfigFile(tmp_path / "hark.toml", '[speech]\nlanguage = "gone.ngram"\nmodel = "speech-xx"\n')
    values = [(("speech", "language"), "gone.ngram"), (("speech", "model"), "speech-xx"), (("speech", "rescore"), None)]
    told = r"hark.toml, line 3: speech.model cannot be used: no model 'speech-xx'"
    with pytest.raises(ConfigError, match=told), told_by_line(file, values):
        raise DataError("no model 'speech-xx'")
    with pytest.raises(DataError, match=r"^no model 'other'$"), told_by_line(file, values):
        raise DataError("no model 'other'")
    for elsewhere in (None, ConfigFile(tmp_path / "hark.toml", "")):
        with pytest.raises(DataError, match=r"^no model 'speech-xx'$"), told_by_line(elsewhere, values):
            raise DataError("no model 'speech-xx'")
    placed = file.error(("speech", "model"), "= 1 cannot be")
    with pytest.raises(ConfigError, match=r"speech\.model = 1 cannot be$"), told_by_line(file, values):
        raise placed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[trigger]\nmodel = "a"\n[trigger]\n', r"line 3: not TOML: \[trigger\] is there twice"),
        ('\n[[input]]\nsource = "mic"\n', r"line 2: input is there once alone; write \[input\] for \[\[input\]\]"),
    ],
)
def test_a_section_that_is_there_twice_is_told_as_it_is_written(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        parse(text, tmp_path / "hark.toml")


@pytest.mark.parametrize(
    "text",
    [
        "[speech]\nnothing_seconds = 20.0\n",
        "[speech]\nsilence_seconds = 3.0\nlongest_seconds = 2.0\n",
        "[outbox]\nretry_seconds = 100.0\nlongest_retry_seconds = 1.0\n",
    ],
)
def test_a_value_beyond_its_own_limit_is_refused(text: str, tmp_path: Path) -> None:
    told = r"line 2: \w+\.\w+_seconds = [\d.]+ is more than longest_\w*seconds, which is [\d.]+; change one"
    with pytest.raises(ConfigError, match=told):
        parse(text, tmp_path / "hark.toml")


def test_a_limit_below_the_usual_value_is_one(tmp_path: Path) -> None:
    assert parse("[speech]\nlongest_seconds = 2.0\n", tmp_path / "hark.toml").speech.longest_seconds == 2.0
