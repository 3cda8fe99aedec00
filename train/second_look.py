"""How a trigger network is given its second look, see edge/second_look.py."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from edge.model import Bundle, SecondLookConfig, find_bundle
from edge.model.manifest import VerifierConfig
from edge.trigger import DetectorConfig

SPELLER = "speech-en"
"""The bundle that takes it."""


@dataclass(frozen=True, slots=True)
class Look:
    """When letters are looked at, and how much they count."""

    floor: float
    """The least posterior, 0 to 1."""
    weight: float
    """Of the logarithm of the spelling, beside the logit of the posterior."""


def detector_of(own: DetectorConfig, *, looks_again: bool) -> DetectorConfig:
    """How scores become events: behind a second look, which has a mean of its own, without another."""
    return replace(own, smoothing_steps=1) if looks_again else own


def second_look(
    look: Look,
    smoothing_steps: int,
    spelling: Mapping[str, str] = MappingProxyType({}),
    verifier: VerifierConfig | None = None,
) -> SecondLookConfig:
    """What the manifest says of it, with the speech network that is installed.

    Raises:
        BundleError: none is.
    """
    model_id = Bundle.read(find_bundle(SPELLER)).model_id
    return SecondLookConfig(SPELLER, model_id, smoothing_steps, look.floor, look.weight, dict(spelling), verifier)
