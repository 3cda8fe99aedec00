"""The bundle of a table: int8 rows with their words, a manifest and a card. There is no network in it to run."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from edge.errors import OutputError
from edge.model.bundle import CARD, EMBEDDING, MANIFEST
from train.files import write_bytes
from train.recipes.embeddings.card import CORPORA, card
from train.recipes.embeddings.corpus import Corpus
from train.recipes.embeddings.vectors import WordVectors

VERSION: Final = "1.1.0"


def publish(vectors: WordVectors, tables: str, method: str, corpus: Corpus, folder: Path) -> None:
    """Writes `words.embedding`, CARD.md and manifest.json.

    Args:
        vectors: debiased.
        tables: what debiasing changed, for the card.
        method: that they were learnt by.
        corpus: that they were learnt from.
        folder: where to, such as `firmware_models/embeddings-en`.

    Raises:
        OutputError: the folder cannot be written.
    """
    files = {EMBEDDING: vectors.table().to_bytes(), CARD: card(vectors, tables, method, len(corpus.ids)).encode()}
    manifest: dict[str, Any] = {
        "schema": 1,
        "name": folder.name,
        "task": "embeddings",
        "version": VERSION,
        "precision": "int8",
        "method": method,
        "words": len(vectors.words),
        "dimensions": vectors.matrix.shape[1],
        "licence": "Apache-2.0",
        "training_words": len(corpus.ids),
        "training_data": [{"corpus": name, "licence": licence} for name, licence in CORPORA],
        "files": {name: hashlib.sha256(contents).hexdigest() for name, contents in files.items()},
    }
    files[MANIFEST] = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, contents in files.items():
            write_bytes(folder / name, contents)
    except OSError as error:
        raise OutputError(f"{folder}: {error.strerror}; choose a folder that can be written") from error
