"""Sentences and their translations, whichever way they are read."""

from pathlib import Path

import pytest

from edge.errors import DataError
from train.corpora.pairs import read_pairs


def test_a_table_is_of_english_and_another_language(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("yes\toui\n")
    assert read_pairs(tmp_path / "pairs.tsv", "fr-en") == [("oui", ("yes",))]
    assert read_pairs(tmp_path / "pairs.tsv", "en-fr") == [("yes", ("oui",))]
    with pytest.raises(DataError, match="of en and another language, not of fr-de"):
        read_pairs(tmp_path / "pairs.tsv", "fr-de")
