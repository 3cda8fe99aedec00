"""Thresholds are written, and nothing else of the owner's file is touched."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import ConfigFile, parse
from edge.config.editing import Tuned, replace_file, tuned_for, with_thresholds
from edge.errors import ConfigError, OutputError

pytestmark = pytest.mark.runtime

EXAMPLE = Path(__file__).parents[2] / "docs" / "hark.toml"
OURS = "0123456789ab"
WRITTEN = """\
# hark tune today: 2 h; model 0123456789ab
alexa = 0.91
# hark tune today: 3 h; model 0123456789ab
"view glass" = 0.8321
"""
NEW = {"alexa": Tuned(0.91, OURS, "today: 2 h"), "view glass": Tuned(0.8321, OURS, "today: 3 h")}


def edited(text: str, tuned: dict[str, Tuned] | None = None) -> str:
    return with_thresholds(ConfigFile(Path("hark.toml"), text), NEW if tuned is None else tuned)


def thresholds(text: str) -> dict[str, float]:
    return dict(parse(text, Path("hark.toml")).trigger.thresholds)


def test_new_thresholds_stand_under_their_header_with_their_evidence() -> None:
    text = EXAMPLE.read_text()
    header = "[trigger.thresholds]\n"
    assert edited(text) == text.replace(header, header + WRITTEN)


@pytest.mark.parametrize("text", ["", "[trigger]\nwords = ['alexa']\n", "[trigger] # no end of line"])
def test_a_section_is_added_at_the_end(text: str) -> None:
    after = edited(text)
    assert after.startswith(text)
    assert after.endswith(f"\n[trigger.thresholds]\n{WRITTEN}")
    assert thresholds(after) == {"alexa": 0.91, "view glass": 0.8321}


def test_a_threshold_is_replaced_where_it_stands() -> None:
    text = (
        "[trigger.thresholds]\n# my own\n  jarvis=0.5\n 'view glass' =  0.25   # as loud as it is\n[speech]\nbeam = 4\n"
    )
    assert edited(text, {"view glass": Tuned(0.7, OURS, "now")}) == text.replace(
        " 'view glass' =  0.25 ", " # hark tune now; model 0123456789ab\n 'view glass' =  0.7 "
    )


def test_the_model_that_a_threshold_is_for_can_be_read_again() -> None:
    text = edited("[trigger.thresholds]\njarvis = 0.5\n# hark tune by hand\ncomputer = 0.5\n")
    assert [tuned_for(text, word) for word in ("alexa", "view glass")] == [OURS, OURS]
    assert [tuned_for(text, word) for word in ("jarvis", "computer", "snowboy")] == [None, None, None]
    assert tuned_for("trigger.thresholds.alexa = 0.5", "alexa") is None


def test_tuning_again_replaces_the_evidence_of_before() -> None:
    once = edited("# mine\n")
    again = {word: Tuned(0.5, OURS, "tomorrow: 9 h") for word in NEW}
    assert edited(once, again) == edited("# mine\n", again)
    assert edited(once, NEW) == once


def test_line_ends_are_kept() -> None:
    text = "[trigger.thresholds]\r\nalexa = 0.5\r\n"
    assert edited(text).count("\r\n") == edited(text).count("\n") == 5


def test_dotted_keys_are_found() -> None:
    text = "[trigger]\nthresholds.alexa = 0.2\n"
    assert thresholds(edited(text, {"alexa": Tuned(0.3, OURS, "")})) == {"alexa": 0.3}


@pytest.mark.parametrize(
    "text",
    [
        "[trigger]\nthresholds = { alexa = 0.2 }\n",
        "trigger = { thresholds = { alexa = 0.2 } }\n",
        "[trigger]\nthresholds.jarvis = 0.2\n",
        "[trigger]\nwords = ['''\n[trigger.thresholds]\nalexa = 0.5\n''', 'jarvis']\n",
    ],
)
def test_what_cannot_be_followed_is_left_to_the_owner(text: str) -> None:
    with pytest.raises(ConfigError, match=r'write yourself under \[trigger.thresholds\] alexa = 0.91, "view glass" = '):
        edited(text)


LINES = st.sampled_from(
    [
        "",
        "# note",
        "[trigger]",
        "[trigger.thresholds]",
        "alexa = 0.3",
        "'view glass' = 0.4 # x",
        "[input]",
        "channel = 0",
    ]
)


@given(lines=st.lists(LINES, max_size=9), end=st.sampled_from(["\n", "\r\n"]))
def test_every_line_of_the_owner_stays(lines: list[str], end: str) -> None:
    text = end.join(lines)
    try:
        before = thresholds(text)
        after = edited(text)
    except ConfigError:
        return
    assert thresholds(after) == before | {"alexa": 0.91, "view glass": 0.8321}
    own = [line for line in after.splitlines() if not line.startswith("# hark tune")]
    remaining = iter(own)
    untouched = [line for line in lines if line and ("=" not in line or "channel" in line)]
    assert all(line in remaining for line in untouched)


def test_a_file_keeps_its_mode_and_a_copy(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_bytes(b"old\r\n")
    real.chmod(0o640)
    link = tmp_path / "hark.toml"
    link.symlink_to(real)
    backup = replace_file(link, "new\r\n")
    assert (real.read_bytes(), backup.read_bytes()) == (b"new\r\n", b"old\r\n")
    assert link.is_symlink()
    assert {path.stat().st_mode & 0o777 for path in (real, backup)} == {0o640}
    assert {path.name for path in tmp_path.iterdir()} == {"real.toml", "hark.toml", "real.toml.before-tune"}


def test_an_owner_who_is_the_same_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT and some network file systems refuse it."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.fchown", refuse)
    file = tmp_path / "hark.toml"
    file.write_text("old")
    replace_file(file, "new")
    assert file.read_text() == "new"


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "hark.toml"
    file.write_text("old")
    (tmp_path / "hark.toml.before-tune").mkdir()
    with pytest.raises(OutputError, match=r"hark.toml cannot be replaced \(.*\): check the rights and the disk"):
        replace_file(file, "new")
    assert file.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
