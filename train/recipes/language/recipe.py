"""Everything that decides a language model.

symbol of the text -> (embedding ->) recurrent layers -> a logit for each symbol that may follow
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from edge.understanding.language import OUTPUT
from train.fit import FitConfig
from train.networks import Layer, Network, NetworkSpec
from train.recipes.language.texts import Unit


@dataclass(frozen=True, slots=True)
class LanguageRecipe:
    """Everything that decides a language model but its texts."""

    layers: tuple[Layer, ...] = (Layer(512),)
    embedding: int | None = None
    """Width of the embedding of a symbol; None feeds one-hot vectors, which are short enough for characters."""
    streams: int = 64
    """Places of the text that are read side by side."""
    span: int = 80
    """Symbols through which the gradient goes back, before the state is carried on without one."""
    dropout: float = 0.1
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(steps=5000, quantised_steps=400, learning_rate=2e-3, warm_up=100)
    )
    seed: int = 1

    @classmethod
    def of(cls, unit: Unit, cell: Literal["gru", "lstm"], units: Sequence[int]) -> "LanguageRecipe":
        """The recipe for a unit, a cell, and the width of each layer."""
        layers = tuple(Layer(width, cell) for width in units)
        return cls(layers, embedding=128, span=35, dropout=0.3) if unit == "word" else cls(layers)

    def network(self, symbols: int) -> Network:
        """The network over this many symbols, untrained."""
        spec = NetworkSpec(symbols, self.layers, ((OUTPUT, symbols),), stack=1, embedding=self.embedding)
        return Network(spec, self.seed)
