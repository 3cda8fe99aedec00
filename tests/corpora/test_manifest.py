from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import DataError
from train.corpora.manifest import (
    KINDS,
    MANIFEST,
    Clip,
    fingerprint,
    licensed,
    read_corpora,
    read_data,
    read_manifest,
    write_manifest,
)

HEADER = "path,kind,label,transcript,speaker,seconds,licence,ship_weights,note"


def _corpus(folder: Path, *rows: str, header: str = HEADER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "0.flac").touch()
    (folder / MANIFEST).write_text("\n".join([header, *rows]), encoding="utf-8")
    return folder


def test_a_row_becomes_a_clip(tmp_path: Path) -> None:
    folder = _corpus(tmp_path / "words", '0.flac,wakeword,view glass,"view, glass",c036,1.25,MIT,yes,ignored')
    assert read_manifest(folder) == [
        Clip(
            path=folder / "0.flac",
            kind="wakeword",
            label="view glass",
            transcript="view, glass",
            speaker="c036",
            seconds=1.25,
            licence="MIT",
            ship_weights=True,
            corpus="words",
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", True),
        (" Yes ", True),
        ("no", False),
        ("", False),
        ("unclear", False),
        ("share-alike (CC BY-SA): project must decide", False),
    ],
)
def test_only_yes_allows_weights_to_ship(tmp_path: Path, text: str, expected: bool) -> None:
    (clip,) = read_manifest(_corpus(tmp_path, f"0.flac,digit,one,one,jackson,1,MIT,{text},"))
    assert clip.ship_weights is expected


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("gone.flac,noise,rain,,,1,MIT,yes,", "line 2: .*gone.flac does not exist"),
        (".,noise,rain,,,1,MIT,yes,", "line 2: .* is no file"),
        ("0.flac,music,rain,,,1,MIT,yes,", "kind is 'music', but must be one of wakeword"),
        ("0.flac,noise,rain,,,long,MIT,yes,", "seconds is 'long', but must be a number"),
        ("0.flac,noise,rain,,,-1,MIT,yes,", "seconds is '-1'"),
        ("0.flac,noise,rain,,,nan,MIT,yes,", "seconds is 'nan'"),
        ("0.flac,noise,rain,,,1,MIT,True,", "line 2: ship_weights is 'True', but must be yes or no"),
        ("0.flac,noise,rain", "line 2: fewer fields than columns"),
        ("0.flac,command,,left, then right,a,1,MIT,yes,,", "line 2: more fields than columns; put quotes"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_manifest(_corpus(tmp_path, row))


def test_a_manifest_without_paths_says_what_it_may_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"lacks the column path: .* may name kind, label, transcript"):
        read_manifest(_corpus(tmp_path, header="file,kind"))


def test_a_path_and_what_is_said_are_enough_to_evaluate(tmp_path: Path) -> None:
    folder = _corpus(tmp_path / "mine", "0.flac,turn on", header="path,transcript")
    soundfile.write(folder / "0.flac", np.zeros(8000, np.int16), 16000)
    assert read_manifest(folder) == [
        Clip(folder / "0.flac", "sentence", "", "turn on", "", 0.5, licence="", ship_weights=False, corpus="mine")
    ]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("0.flac,Sentence,,a,,1,MIT,yes,", "sentence"),
        ("0.flac, NOISE,,,,1,MIT,yes,", "noise"),
        ("0.flac,,,a,,1,,,", "sentence"),
    ],
)
def test_a_kind_may_be_written_otherwise_or_follow_from_the_transcript(tmp_path: Path, row: str, kind: str) -> None:
    assert [clip.kind for clip in read_manifest(_corpus(tmp_path, row))] == [kind]


@pytest.mark.parametrize(("kind", "label"), [("wakeword", "Alexa"), ("sentence", "")])
def test_a_wake_word_is_what_is_said_where_no_label_tells(tmp_path: Path, kind: str, label: str) -> None:
    folder = _corpus(tmp_path, f"0.flac,{kind},Alexa,1", header="path,kind,transcript,seconds")
    assert [clip.label for clip in read_manifest(folder)] == [label]


def test_columns_may_come_in_any_order_and_be_named_in_capitals(tmp_path: Path) -> None:
    folder = _corpus(tmp_path, "turn on,4,0.flac,1", header="Transcript, Mood,PATH, Seconds")
    assert [(clip.path.name, clip.transcript, clip.seconds) for clip in read_manifest(folder)] == [
        ("0.flac", "turn on", 1.0)
    ]


@pytest.mark.parametrize("licence", ["", " "])
def test_what_has_no_licence_neither_ships_nor_trains(tmp_path: Path, licence: str) -> None:
    clips = read_manifest(_corpus(tmp_path, f"0.flac,noise,rain,,,1,{licence},yes,"))
    assert not clips[0].ship_weights
    with pytest.raises(DataError, match=r"0\.flac has no licence, so it may train nothing: name it"):
        licensed(clips)
    told = read_manifest(_corpus(tmp_path, "0.flac,noise,rain,,,1,MIT,no,"))
    assert licensed(told) == told


def test_spaces_around_what_is_told_are_no_part_of_it(tmp_path: Path) -> None:
    (clip,) = read_manifest(_corpus(tmp_path, "0.flac, wakeword, alexa , alexa, ann , 1 , MIT ,yes,"))
    told = (clip.kind, clip.label, clip.transcript, clip.speaker, clip.seconds, clip.licence)
    assert told == ("wakeword", "alexa", "alexa", "ann", 1.0, "MIT")


def test_what_is_withdrawn_or_told_otherwise_makes_another_corpus(tmp_path: Path) -> None:
    rows = ("wakeword,a,,,1,MIT,yes", "negative,a,,,1,MIT,yes", "wakeword,a,,,1,CC0,yes", "wakeword,a,,,1,MIT,no")
    told = [fingerprint(read_manifest(_corpus(tmp_path / "mine", f"0.flac,{row},"))) for row in (*rows, rows[0])]
    assert told[0] == told[-1]
    assert len(set(told)) == 4


def test_length_comes_from_the_recording_where_it_is_not_told(tmp_path: Path) -> None:
    folder = _corpus(tmp_path, "0.flac,noise,rain,,, ,MIT,yes,")
    with pytest.raises(DataError, match=r"0\.flac cannot be read as audio .*: save it as WAV or FLAC"):
        read_manifest(folder)
    soundfile.write(folder / "0.flac", np.zeros(4000, np.int16), 8000)
    assert [clip.seconds for clip in read_manifest(folder)] == [0.5]


def test_a_corpus_may_be_named_by_its_file_or_be_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _corpus(tmp_path / "mine", "0.flac,noise,rain,,,1,MIT,yes,")
    (clip,) = read_data(folder / MANIFEST)
    assert (clip.path, clip.corpus) == (folder / "0.flac", "mine")
    (folder / "deeper").mkdir()
    for place, path in ((folder, "."), (folder, MANIFEST), (folder / "deeper", "..")):
        monkeypatch.chdir(place)
        assert read_data(Path(path)) == [clip]
    with pytest.raises(DataError, match=r"0\.flac is no folder: name that of a corpus"):
        read_data(folder / "0.flac")


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    folder = _corpus(tmp_path, "0.flac,noise,rain,,,1,MIT,yes,", header=f"\ufeff{HEADER}")
    assert [clip.path.name for clip in read_manifest(folder)] == ["0.flac"]


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest.csv does not exist"):
        read_manifest(tmp_path)


def test_a_manifest_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"not CSV in UTF-8: .*; save it in that encoding"):
        read_manifest(tmp_path)


def test_a_quote_that_is_not_closed_swallows_no_rows(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('path,seconds,transcript\na.wav,1,one\nb.wav,1,"two\nc.wav,1,three\n')
    (tmp_path / "a.wav").touch()
    with pytest.raises(DataError, match="is a quote not closed"):
        read_manifest(tmp_path)


def test_corpora_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        _corpus(tmp_path / name, "0.flac,noise,rain,,,1,MIT,yes,")
    (tmp_path / "licences").mkdir()
    assert [clip.corpus for clip in read_corpora(tmp_path)] == ["a", "b"]


def test_a_folder_without_corpora_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no folder with a manifest"):
        read_corpora(tmp_path)


_words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


@given(
    kind=st.sampled_from(KINDS),
    texts=st.tuples(_words, _words, _words, _words),
    seconds=st.floats(0, 1e6),
    ship=st.booleans(),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, kind: str, texts: tuple[str, str, str, str], seconds: float, ship: bool
) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    path = folder / "a" / "0.flac"
    path.parent.mkdir()
    path.touch()
    label, transcript, speaker, licence = (text.strip() for text in texts)
    ship = ship and bool(licence.strip())
    label = label or (transcript if kind == "wakeword" else "")
    clip = Clip(path, kind, label, transcript, speaker, seconds, licence, ship, folder.name)
    write_manifest(folder, [clip])
    assert read_manifest(folder) == [clip]
