"""How often the endpoint cuts a speaker off, and how long it waits: orders and sentences of speakers never trained on.

    python benchmarks/endpoint.py AUDIO [GRAMMAR]          AUDIO: a folder of corpora, each with a manifest.csv

The end of an utterance is where its last letter lies when the network is told the text. Noise of the same part goes
under it. Rules that do without loudness, and without the grammar of the orders, show what these are for.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE
from edge.decoder.alphabet import encode
from edge.decoder.beam import BeamConfig
from edge.decoder.ctc import align
from edge.decoder.guidance import Guidance
from edge.endpoint import Endpoint, EndpointConfig, Loudness, is_speech
from edge.features import FeatureStream, Frames
from edge.maths import log_softmax
from edge.model import StreamingModel
from edge.transcriber import OUTPUT, Transcriber, TranscriberConfig
from train.corpora.audio import load
from train.corpora.manifest import Clip, read_corpora
from train.recipes.speech.pools import noises_of, of_part, transcribed

AFTER = 4 * SAMPLE_RATE
"""Samples of noise after the speech."""
ENDLESS = EndpointConfig(nothing_seconds=60, longest_seconds=60)
RULES = {
    f"{name} {silence:g} s": replace(ENDLESS, silence_seconds=silence, wordless_seconds=wordless)
    for name, silence, wordless in [("letters", 0.8, 0.8), ("letters", 1.0, 1.0), ("loudness", 0.8, 2.0)]
} | {"as shipped": ENDLESS}


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance with what follows it."""

    speaking: npt.NDArray[np.bool_]
    level_db: npt.NDArray[np.float32]
    frames: Frames
    end: int
    """Step after the last letter."""


class Listener:
    """The network and the features of a bundle."""

    def __init__(self, bundle: str) -> None:
        self._model = StreamingModel.load(bundle)
        self._stack = self._model.bundle.manifest.stack
        self._features = self._model.bundle.manifest.frames
        self.step_seconds = self._stack * self._features.seconds_per_frame

    def hear(self, clip: Clip, noise: npt.NDArray[np.float32], snr: float) -> Heard:
        """The clip with noise under it, `snr` decibels below in mean power."""
        speech = np.append(load(clip.path), np.zeros(AFTER)).astype(np.float32)
        under = np.resize(noise, len(speech))
        under *= np.sqrt(np.square(speech[:-AFTER]).mean() / np.square(under).mean()) * 10 ** (-snr / 20)
        sound = np.clip(speech + under, -32768, 32767).astype(np.int16)
        frames = FeatureStream(self._features).feed(sound)
        log_probs = log_softmax(self._model.stream().feed(frames)[OUTPUT])
        level_db = Loudness(self._features, self._stack).feed(frames)
        said = log_probs[: len(log_probs) - round(3 / self.step_seconds)]
        return Heard(is_speech(log_probs), level_db, frames, align(said, encode(clip.transcript))[-1].end)

    def ends(self, heard: Sequence[Heard], config: EndpointConfig, loud: bool) -> list[int]:
        """The step with which each is over, by the rules alone."""
        endpoint, steps = Endpoint(config, self.step_seconds), []
        for one in heard:
            endpoint.reset()
            end = endpoint.feed(one.speaking, one.level_db if loud else None)
            steps.append(end.step + 1 if end else len(one.speaking))
        return steps

    def transcripts(self, heard: Sequence[Heard], grammar: Path) -> list[int]:
        """The step with which each transcript comes that a grammar guides."""
        guidance, figures = Guidance(grammar=grammar), self._model.bundle.manifest.detector
        settings = TranscriberConfig(guidance.beam(BeamConfig().width, figures), ENDLESS)
        transcriber = Transcriber(self._model, guidance.scorers(figures), settings)
        steps = []
        for one in heard:
            transcriber.begin(0)
            end = next((event.at for event in transcriber.feed(one.frames) if event.type == "transcript"), np.inf)
            steps.append(min(len(one.speaking), int(end / self.step_seconds)))
        return steps

    def line(self, name: str, heard: Sequence[Heard], ends: Sequence[int]) -> str:
        """How one rule does."""
        waits = self.step_seconds * np.subtract(ends, [one.end for one in heard])
        cut, after = 100 * np.mean(waits < 0), waits[waits >= 0]
        return f"| {name} | {cut:.0f} % | {np.median(after):.2f} s | {np.percentile(after, 95):.2f} s |"


def main() -> None:
    """Print a table for each kind of speech and level of noise."""
    clips, listener = read_corpora(Path(sys.argv[1])), Listener("speech-en")
    spoken, noises = of_part(transcribed(clips), "validation"), noises_of(clips, "validation")
    for kind in ("command", "sentence"):
        for snr in (40, 20, 10):
            rng = np.random.default_rng(1)
            under = [load(noises[int(rng.integers(len(noises)))].path).astype(np.float32) for _ in spoken]
            heard = [
                listener.hear(clip, noise, snr)
                for clip, noise in zip(spoken, under, strict=True)
                if clip.kind == kind and clip.seconds < 15
            ]
            print(f"\n{kind}, {snr} dB, n={len(heard)}\n\n| rule | cut off | wait | wait of 95 % |\n|---|---|---|---|")
            for name, config in RULES.items():
                print(listener.line(name, heard, listener.ends(heard, config, not name.startswith("letters"))))
            if kind == "command" and len(sys.argv) > 2:
                print(listener.line("as shipped, grammar", heard, listener.transcripts(heard, Path(sys.argv[2]))))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main()
