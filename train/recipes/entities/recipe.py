"""Everything that decides an entity network.

Words, each between its neighbours -> a GRU in each direction, twice over the sentence -> a logit for each tag.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from edge.understanding.entities import NEIGHBOURS, OUTPUT
from train.bidirectional import Bidirectional
from train.fit import FitConfig
from train.networks import Layer, Network, NetworkSpec

FOLDERS: Final = {"snips": "ner_snips", "slurp": "ner_slurp", "wnut17": "ner_wnut17", "btc": "ner_btc"}
"""Of each corpus, inside the folder of all texts."""

LICENCES: Final = {"snips": "CC0-1.0", "slurp": "CC BY 4.0", "wnut17": "CC BY 4.0", "btc": "CC BY 4.0"}

HELPERS: Final = {
    "lists of names and places (Kantrowitz, NLTK)": "free use with credit, public domain",
    "books and speeches (see embeddings-en)": "public domain",
    "tatoeba": "CC BY 2.0",
}
"""What a helped network has learnt from beside the corpora, and the licence of each."""

SCARCE: Final = "wnut17"
"""The corpus whose types the sentences and names of others teach as well, if the network is helped."""

ALERTS: Final = "alerts"
"""The labels of the network that ships: what alerts and commands need."""


@dataclass(frozen=True, slots=True)
class EntitiesRecipe:
    """Everything that decides an entity network."""

    labels: str = ALERTS
    """ALERTS, or the name of a corpus."""
    helped: bool = False
    """Whether it begins with learnt vectors, cased texts and lists of names; see `train.recipes.entities.lexicon`."""
    bidirectional: bool = True
    dims: int = 64
    """Width of a word's vector."""
    units: int = 160
    """Width of each direction's GRU."""
    buckets: int = 8192
    """Rows that character n-grams share."""
    least_count: int = 2
    """A word that training has fewer times has no row of its own."""
    dropout: float = 0.4
    """Share of vectors and of the GRU's outputs that training hides."""
    tokens: int = 640
    """Words in a batch."""
    corrupted: float = 0.5
    """Share of the sentences with faults, up to two in ten words."""
    transitions: float = 0.15
    """How much the search heeds which tags like to follow each other; 0 knows only which may."""
    eagerness: float = 0.0
    """Taken from the logit of OUTSIDE before export: more entities are found, and more of them are none."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(steps=4000, quantised_steps=400, learning_rate=3e-3, clip_norm=5.0)
    )
    seed: int = 1

    @property
    def corpora(self) -> tuple[str, ...]:
        """Whose sentences and names teach it."""
        return tuple(FOLDERS) if self.labels == ALERTS or (self.helped and self.labels == SCARCE) else (self.labels,)

    def network(self, tags: Sequence[str]) -> Network:
        """The network that the device runs, untrained."""
        bands = (2 * NEIGHBOURS + 1) * self.dims
        spec = NetworkSpec(bands * (1 + self.bidirectional), (Layer(self.units),), ((OUTPUT, len(tags)),), stack=1)
        return Bidirectional(spec, self.seed) if self.bidirectional else Network(spec, self.seed)
