"""Where the speech recipe keeps its work, and what one stage hands to the next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edge.errors import UsageError
from train.corpora.manifest import Clip, licensed, read_corpora
from train.export import load_weights
from train.files import made
from train.fit import is_younger, learns_of
from train.networks import Network
from train.pool import MADE_OF
from train.recipes.speech.pools import EVERYBODY, TRAIN, noises_of, record_recordings
from train.recipes.speech.recipe import SpeechRecipe
from train.recipes.speech.validation import Figures


@dataclass(frozen=True, slots=True)
class Workshop:
    """Synthetic corpora, pools, and the training run."""

    work: Path
    audio: Path
    run_name: str = "run"
    learners: str = TRAIN
    """The part that trains."""

    def real(self) -> list[Clip]:
        """Recordings of people and of noise."""
        return licensed(read_corpora(self.audio))

    def clips(self) -> list[Clip]:
        """Real and synthetic recordings."""
        return [*self.real(), *read_corpora(made(self.work / "audio", "speech synthesise"))]

    def check_recordings(self, recipe: SpeechRecipe) -> None:
        """Others would be divided into other parts, and who trained might be judged.

        Raises:
            UsageError: the pools have not been made, or were made of other recordings.
        """
        made(self.pools / MADE_OF, "speech pools")
        record_recordings(self.clips(), self.pools, recipe.features)

    def noises(self, part: str) -> list[Clip]:
        """Noise of one part that may go under what ships."""
        return noises_of(self.real(), part)

    @property
    def pools(self) -> Path:
        """Folder of the pools, one a part."""
        return self.work / (EVERYBODY if self.learners == EVERYBODY else "pools")

    @property
    def run(self) -> Path:
        """Folder of the training run."""
        return self.work / self.run_name

    @property
    def model(self) -> Path:
        """The int8 file that validation exports."""
        return self.run / "model.tflite"

    @property
    def is_exported(self) -> bool:
        """Whether that is of the network as it is: figures may be chosen anew for one that ships already."""
        return is_younger(self.model, [self._weights])

    @property
    def figures_file(self) -> Path:
        """What validation chooses."""
        return self.run / "figures.json"

    @property
    def tables_file(self) -> Path:
        """What the report says of the test part."""
        return self.run / "tables.md"

    def exported(self) -> Path:
        """The int8 file of the network as it is.

        Raises:
            UsageError: validation has not written it, or the network has been trained again since.
        """
        return self._current(self.model, [self._weights], "validate")

    def network(self, recipe: SpeechRecipe) -> Network:
        """The trained network.

        Raises:
            UsageError: it has not been trained, or has learnt of others than those that are said to train.
        """
        network = recipe.network()
        load_weights(network, made(self._weights, "speech fit"))
        learns_of(self.run, self.learners)
        return network

    def sibling(self, run_name: str) -> "Workshop":
        """Where the run is that was judged in place of this one.

        Raises:
            UsageError: it has learnt of those who judge.
        """
        judged = replace(self, run_name=run_name, learners=TRAIN)
        made(judged.run, "speech fit")
        learns_of(judged.run, judged.learners)
        return judged

    @property
    def _weights(self) -> Path:
        return self.run / "weights.npz"

    def figures(self) -> Figures:
        """What validation chose.

        Raises:
            UsageError: it has not been run, or the network has been trained again since.
        """
        return Figures.load(self._current(self.figures_file, [self._weights, self.model], "validate"))

    def tables(self) -> str:
        """What the report says of the network and the figures as they are.

        Raises:
            UsageError: it has not been run since.
        """
        sources = [self._weights, self.model, self.figures_file]
        return self._current(self.tables_file, sources, "report").read_text(encoding="utf-8")

    def _current(self, path: Path, sources: Sequence[Path], stage: str) -> Path:
        """What a stage makes, if it did so after its sources; a run that is kept for its figures may lack those."""
        if not is_younger(path, [source for source in sources if source.exists()]):
            problem = f"{path} is missing, or older than what it is of"
            raise UsageError(f"{problem}: run `python -m train speech {stage}` first")
        return path
