"""From a text that an owner wrote to the letters that the network hears."""

import unicodedata

from edge.decoder.alphabet import LETTERS, PARTING, encode
from edge.errors import ConfigError

PUNCTUATION = f" .{PARTING}"
"""What may stand in a text and is not said."""


def spell(text: str, where: str) -> list[int]:
    """The letters of a text; `where` names its place in errors.

    Raises:
        ConfigError: something in it is neither letter nor punctuation, or nothing is said.
    """
    lacking = [one for one in unicodedata.normalize("NFC", text) if one not in PUNCTUATION and not encode(one)]
    if lacking:
        raise ConfigError(f"{where}: {text!r} has {lacking[0]!r}, which is no letter; write it as it is said")
    letters = encode(text)
    if not any(LETTERS[letter].isalpha() for letter in letters):
        raise ConfigError(f"{where}: {text!r} says nothing; remove it")
    return letters
