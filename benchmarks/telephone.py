"""Recordings as a telephone or a headset at 8 kHz passes them on, for the evaluations to score.

    python benchmarks/telephone.py AUDIO W/telephone
    python -m train evaluate speech --data W/telephone
    python -m train evaluate trigger --data W/telephone

AUDIO is a corpus or a folder of corpora; what is written is a folder of corpora.
"""

import sys
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import soundfile
import soxr

from edge.audio import SAMPLE_RATE, Pcm16
from train.corpora.audio import load
from train.corpora.manifest import Clip, read_data, write_manifest

TELEPHONE_RATE = 8000


def over_the_line(samples: Pcm16) -> Pcm16:
    """The same at 8 kHz and back again, as long as it was."""
    there: Pcm16 = soxr.resample(samples, SAMPLE_RATE, TELEPHONE_RATE)
    back: Pcm16 = soxr.resample(there, TELEPHONE_RATE, SAMPLE_RATE)
    return back[: len(samples)]


def passed_on(number: int, clip: Clip, folder: Path) -> Clip:
    """The clip, in another folder."""
    path = folder / f"{number:05d}-{clip.path.stem}.flac"
    soundfile.write(path, over_the_line(load(clip.path)), SAMPLE_RATE)
    return replace(clip, path=path)


def main() -> None:
    """Write a folder for each corpus."""
    out = Path(sys.argv[2])
    for corpus, clips in groupby(read_data(Path(sys.argv[1])), key=lambda clip: clip.corpus):
        folder = out / corpus
        folder.mkdir(parents=True, exist_ok=True)
        write_manifest(folder, [passed_on(number, clip, folder) for number, clip in enumerate(clips)])
        print(folder, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main()
