"""Everything that decides a translator.

source pieces -> vectors -> a GRU in each direction -> annotations a<t'>, keys U a<t'>
last piece, context of attention over the annotations -> GRU s<t> -> query W s<t>, readout -> a logit for each piece
"""

from dataclasses import dataclass, field

from edge.translation.translator import ANNOTATION, KEY, QUERY, READOUT
from train.bidirectional import Bidirectional
from train.fit import FitConfig
from train.networks import Layer, Network, NetworkSpec


@dataclass(frozen=True, slots=True)
class TranslationRecipe:
    """Everything that decides a translator but its pairs."""

    pieces: int = 4000
    """Sub-words of each language."""
    dims: int = 192
    """Width of a piece's vector, and of the readout, which is compared with the vectors of the target."""
    encoder_units: int = 256
    """Width of each direction's GRU."""
    decoder_units: int = 384
    annotation: int = 256
    alignment: int = 128
    """Width of the alignment network's hidden layer."""
    attention: bool = True
    """False: every step is given what both directions know at their ends (Cho et al. 2014, arXiv 1406.1078)."""
    dropout: float = 0.2
    """Share of vectors and readouts that training hides."""
    smoothing: float = 0.1
    """Of the target's probability, the share that is spread over all pieces (Szegedy et al. 2016)."""
    tokens: int = 1000
    """Source pieces in a batch."""
    spoken: float = 0.3
    """Share of the sources in lower case and without punctuation, as a recogniser writes them."""
    household: int = 0
    """Orders and news of a home beside the corpus, between English and French; see `household`."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(
            steps=9000, quantised_steps=600, learning_rate=1.5e-3, warm_up=300, checkpoint_every=500
        )
    )
    seed: int = 1

    def encoder(self) -> Bidirectional:
        """The network that reads, untrained."""
        heads = ((ANNOTATION, self.annotation), *self._asked(KEY))
        return Bidirectional(NetworkSpec(2 * self.dims, (Layer(self.encoder_units),), heads, stack=1), self.seed)

    def decoder(self) -> Network:
        """The network that writes, untrained."""
        heads = ((READOUT, self.dims), *self._asked(QUERY))
        bands = self.dims + self.annotation
        return Network(NetworkSpec(bands, (Layer(self.decoder_units),), heads, stack=1), self.seed + 1)

    def _asked(self, head: str) -> tuple[tuple[str, int], ...]:
        """A head of the alignment network, which there is only with attention."""
        return ((head, self.alignment),) if self.attention else ()
