"""The networks of a trigger: one that listens always, and a larger one that hears again what it believes it heard."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edge.features import Frames
from edge.model.bundle import VERIFIER, VERIFIER_TASK, identity
from train.bundle import About, Part, write_bundle
from train.export import export, load_weights, save_weights
from train.files import made
from train.networks import Network

ALWAYS: Final = "always"
NAMES: Final = (ALWAYS, VERIFIER)


@dataclass(frozen=True, slots=True)
class Cascade:
    """Both networks, or the first alone."""

    always: Network
    verifier: Network | None

    @property
    def networks(self) -> Mapping[str, Network]:
        """Those that there are, by name."""
        return {ALWAYS: self.always} | ({VERIFIER: self.verifier} if self.verifier else {})

    def load(self, run: Path) -> None:
        """Take the weights of a training.

        Raises:
            UsageError: a network has not been trained.
            DataError: it was another one.
        """
        for name, network in self.networks.items():
            load_weights(network, made(trained(run, name) / "weights.npz", "trigger fit"))

    def keep(self, weights: Path) -> None:
        """Write the weights for training to go on from: the first network's, and `verifier.npz` beside them."""
        for name, network in self.networks.items():
            save_weights(network, kept(weights, name), half=True)


@dataclass(frozen=True, slots=True)
class Exported:
    """The int8 files of a cascade."""

    always: bytes
    verifier: bytes | None

    @classmethod
    def of(cls, cascade: Cascade, calibration: Sequence[Frames]) -> "Exported":
        """What the device runs; see `train.export.export`."""
        files = {name: export(network, calibration, "int8") for name, network in cascade.networks.items()}
        return cls(files[ALWAYS], files.get(VERIFIER))

    def write(self, out: Path, about: About, card: str, verifier_card: str, golden: Frames) -> None:
        """The bundle of the network that listens always, and in its folder that of the verifier if `about` has one.

        Args:
            out: folder of the bundle.
            about: of the first; whatever its second look says of the verifier's identity, it is made to fit.
            card: the text of its CARD.md.
            verifier_card: that of the verifier's.
            golden: see `train.bundle.write_bundle`.

        Raises:
            ValueError: `about` has a verifier, and there is none.
        """
        look = about.second_look
        if look is None or look.verifier is None:
            write_bundle(out, self.always, about, card, golden)
            return
        if self.verifier is None:
            raise ValueError("the second look has a verifier, but none was trained")
        told = replace(look.verifier, model_id=identity(hashlib.sha256(self.verifier).hexdigest()))
        of_both = replace(about, second_look=replace(look, verifier=told))
        alone = replace(about, task=VERIFIER_TASK, detector={}, operating_points={}, metrics={}, second_look=None)
        part = Part(VERIFIER, self.verifier, replace(alone, name=f"{about.name}/{VERIFIER}"), verifier_card)
        write_bundle(out, self.always, of_both, card, golden, part=part)


def trained(run: Path, name: str) -> Path:
    """Folder of a network's checkpoints and weights in that of a training run."""
    return run / name


def kept(weights: Path, name: str) -> Path:
    """File of a network's weights beside the recipe, `weights` being that of the first."""
    return weights if name == ALWAYS else weights.with_name(f"{name}.npz")
