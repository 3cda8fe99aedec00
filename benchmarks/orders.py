"""Which way a translator switches: orders with "turn" or "switch", said in French, on or off.

    python benchmarks/orders.py TEXT [BUNDLE]           such as D/commands_ha/train.jsonl.gz

A line of a text is a sentence; JSON lines hold it as `text`. A translation counts if it has a verb for the way that was
said, and none for the other.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from edge.translation.translator import Translator
from train.corpora.text import open_text
from train.recipes.translation.fitting import spoken

SAID = re.compile(r"\b(?:turn|switch)\b.*?\b(on|off)\b")
VERBS = {
    "on": re.compile(r"\b(allum|met[st]|active)", re.I),
    "off": re.compile(r"\b([ée]tei[gn]|arrêt|coup|désact)", re.I),
}


def orders(path: Path) -> Iterator[tuple[str, str]]:
    """Each distinct order as a recogniser writes it, and the way."""
    with open_text(path) as lines:
        texts = (json.loads(line)["text"] if ".jsonl" in path.suffixes else line for line in lines)
        distinct = dict.fromkeys(" ".join(spoken(text).split()) for text in texts)
    yield from ((text, said[1]) for text in distinct if (said := SAID.search(text)))


def main() -> None:
    """Print what was turned round, and how many were not."""
    translator = Translator.load(sys.argv[2] if len(sys.argv) > 2 else "en-fr")
    right, of = Counter[str](), Counter[str]()
    for text, way in orders(Path(sys.argv[1])):
        french = translator.translate(text)
        ways = {one for one, verbs in VERBS.items() if verbs.search(french)}
        of[way] += 1
        right[way] += ways == {way}
        if ways != {way}:
            print(f"{text}: {french}")
    print(", ".join(f"{way}: {right[way]} of {of[way]}" for way in VERBS))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main()
