from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import DataError
from train.corpora.manifest import KINDS, MANIFEST, Clip, read_corpora, read_manifest, write_manifest

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
        ("0.flac,music,rain,,,1,MIT,yes,", "kind is 'music', but must be one of wakeword"),
        ("0.flac,noise,rain,,,long,MIT,yes,", "seconds is 'long', but must be a number"),
        ("0.flac,noise,rain,,,-1,MIT,yes,", "seconds is '-1'"),
        ("0.flac,noise,rain,,,nan,MIT,yes,", "seconds is 'nan'"),
        ("0.flac,noise,rain", "line 2: fewer fields than columns"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_manifest(_corpus(tmp_path, row))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="lacks the columns speaker, licence"):
        read_manifest(_corpus(tmp_path, header="path,kind,label,transcript,seconds,ship_weights"))


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest.csv does not exist"):
        read_manifest(tmp_path)


def test_a_manifest_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not CSV in UTF-8"):
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
    label, transcript, speaker, licence = texts
    clip = Clip(path, kind, label, transcript, speaker, seconds, licence, ship, folder.name)
    write_manifest(folder, [clip])
    assert read_manifest(folder) == [clip]
