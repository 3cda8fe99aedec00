"""The float weights beside the recipes are those of the shipped bundles: training can be taken up where it ended."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.model import Bundle, find_bundle  # noqa: E402
from train import recipes  # noqa: E402
from train.cascade import ALWAYS, NAMES, kept  # noqa: E402
from train.cells import OUTLIER  # noqa: E402
from train.export import load_weights, read_weights, weights_of  # noqa: E402
from train.networks import Layer, Network  # noqa: E402
from train.quantize import stack_frames  # noqa: E402
from train.recipes.dna.recipe import DnaRecipe  # noqa: E402
from train.recipes.dna.spreading import spread  # noqa: E402
from train.recipes.entities.lexicon import WIDTH  # noqa: E402
from train.recipes.entities.recipe import EntitiesRecipe  # noqa: E402
from train.recipes.language.recipe import LanguageRecipe  # noqa: E402
from train.recipes.music.recipe import MusicRecipe  # noqa: E402
from train.recipes.speech.recipe import SpeechRecipe  # noqa: E402
from train.recipes.trigger.recipe import TriggerRecipe  # noqa: E402

FOLDER = Path(recipes.__file__).parent
MOST_TOGETHER = 20_000_000
"""Bytes."""

MAKERS: dict[str, tuple[str, Callable[[Bundle], Network]]] = {
    "speech": ("speech-en", lambda _: SpeechRecipe().network()),
    "entities": ("entities-en", lambda bundle: EntitiesRecipe(dims=80 + WIDTH).network(bundle.manifest.labels)),
    "language": (
        "language-en",
        lambda bundle: LanguageRecipe.of("letters", "gru", [256]).network(len(bundle.manifest.labels)),
    ),
    "music": ("music", lambda _: MusicRecipe((Layer(384),)).network()),
}


@pytest.mark.parametrize("recipe", MAKERS)
def test_the_network_computes_what_the_bundle_does(recipe: str) -> None:
    name, make = MAKERS[recipe]
    bundle = Bundle.read(find_bundle(name))
    network, kept = make(bundle), read_weights(FOLDER / recipe / "weights.npz")
    load_weights(network, {one: kept[one] for one in weights_of(network)})
    computes_the_same(network, bundle)


@pytest.mark.parametrize("name", NAMES)
def test_the_networks_of_a_trigger_do(name: str) -> None:
    network, bundle = TriggerRecipe().cascade().networks[name], find_bundle("trigger-en")
    load_weights(network, kept(FOLDER / "trigger" / "weights.npz", name))
    computes_the_same(network, Bundle.read(bundle if name == ALWAYS else bundle / name))


def test_the_network_over_bases_does_once_it_is_spread() -> None:
    bundle, network = Bundle.read(find_bundle("dna-splice")), DnaRecipe().network()
    load_weights(network, FOLDER / "dna" / "weights.npz")
    computes_the_same(spread(network, bundle.manifest.stack), bundle)


def computes_the_same(network: Network, bundle: Bundle) -> None:
    """With the rounding of int8: what learnt with it for long says something else without."""
    network.quantise()
    with np.load(bundle.golden) as golden:
        frames = stack_frames(golden["frames"], bundle.manifest.stack, bundle.manifest.window)
        outputs = network.sequence(tf.constant(frames[None]))
        for output, value in outputs.items():
            expected = golden[output].ravel()
            assert np.corrcoef(value.numpy()[0].ravel(), expected)[0, 1] > 0.97


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.npz")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_weight_of_a_cell_takes_the_eight_bits_of_the_others(path: Path) -> None:
    for name, weight in read_weights(path).items():
        if name.startswith("layer") and weight.ndim == 2:
            assert np.abs(weight).max() <= 1.03 * OUTLIER * np.abs(weight).mean(), name


def test_together_they_stay_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*/*.npz")) < MOST_TOGETHER
