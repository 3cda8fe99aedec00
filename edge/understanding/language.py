"""A language model."""
from typing import Final
OUTPUT: Final = "symbols"
END: Final = "<eos>"
UNKNOWN: Final = "<unk>"
