"""Synthetic speech from the external programs that are installed: espeak-ng, flite and festival.

Each program runs as a child with an argument list and writes a WAV file that is read back at 16 kHz. Formant and
diphone voices sound like nobody, so they add variety of words, accents and tempo beside real voices, and replace none.
"""

import hashlib
import random
import re
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import soundfile
import soxr
from rich.progress import track

from edge.audio import SAMPLE_RATE, Pcm16
from edge.errors import UsageError
from train.corpora.manifest import Clip, write_manifest

ACCENTS = ("en-gb", "en-us", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-gb-x-rp", "en-029", "en-us-nyc")
FLITE_VOICES = ("kal16", "awb", "rms", "slt")
FESTIVAL_VOICES = ("kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts")
PACKAGES = {
    "espeak-ng": "espeak-ng",
    "flite": "flite",
    "text2wave": "festival festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts",
}
"""Program and the Debian packages that bring it."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text and the way to speak it."""

    text: str
    program: str
    """`espeak-ng`, `flite` or `text2wave` (festival)."""
    voice: str
    tempo: float = 1.0
    """Speaking rate, 1 is the voice's own."""
    pitch: float = 1.0
    """Fundamental frequency, 1 is the voice's own (festival ignores it)."""

    def command(self, wav: Path, script: Path) -> list[str]:
        """The argument list that writes the speech to `wav`; `script` holds the text."""
        if self.program == "espeak-ng":
            speed, pitch = round(160 * self.tempo), min(99, round(50 * self.pitch))
            return ["espeak-ng", "-v", self.voice, f"-s{speed}", f"-p{pitch}", "-w", str(wav), "-f", str(script)]
        if self.program == "flite":
            stretch, mean = f"duration_stretch={1 / self.tempo:.3f}", f"int_f0_target_mean={120 * self.pitch:.0f}"
            return ["flite", "-voice", self.voice, "--setf", stretch, "--setf", mean, "-f", str(script), "-o", str(wav)]
        lisp = f"(begin (voice_{self.voice}) (Parameter.set 'Duration_Stretch {1 / self.tempo:.3f}))"
        return ["text2wave", "-eval", lisp, str(script), "-o", str(wav)]


def speak(utterance: Utterance) -> Pcm16:
    """The utterance as 16 kHz samples, shape (n,).

    Raises:
        UsageError: the program is not installed, or it failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        wav, script = Path(folder, "speech.wav"), Path(folder, "text.txt")
        script.write_text(utterance.text + "\n", encoding="utf-8")
        _run(utterance.command(wav, script))
        try:
            samples, rate = soundfile.read(wav, dtype="int16")
        except soundfile.LibsndfileError:  # Of a voice that it lacks, festival says nothing at all.
            problem = f"{utterance.program} wrote no sound in the voice {utterance.voice}"
            raise UsageError(f"{problem}: sudo apt install {PACKAGES[utterance.program]}") from None
    speech: Pcm16 = samples if rate == SAMPLE_RATE else soxr.resample(samples, rate, SAMPLE_RATE)
    return speech


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except FileNotFoundError:
        packages = PACKAGES[command[0]]
        raise UsageError(f"{command[0]} is not installed: sudo apt install {packages}") from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{command[0]} could not speak ({error}): try the command by hand: {command}") from error


def programs() -> list[str]:
    """The speech programs that are installed here."""
    return [program for program in PACKAGES if shutil.which(program)]


def missing_programs() -> list[str]:
    """How to install each program that is not here."""
    return [f"{name}: sudo apt install {packages}" for name, packages in PACKAGES.items() if name not in programs()]


@cache
def espeak_voices() -> list[str]:
    """Every English accent with every variant that espeak-ng lists, such as `en-gb+f3`."""
    listing = subprocess.run(["espeak-ng", "--voices=variant"], capture_output=True, text=True, check=True).stdout
    variants = re.findall(r"!v/(\S+)\s*$", listing, re.MULTILINE)
    return [f"{accent}+{variant}" for accent in ACCENTS for variant in variants]


def voices_here() -> dict[str, Sequence[str]]:
    """The voices that speak here, by program.

    Raises:
        UsageError: there is none.
    """
    found = {program: voices for program in programs() if (voices := _voices(program))}
    if not found:
        raise UsageError(f"nothing can speak here; install at least one of them: {'; '.join(missing_programs())}")
    return found


@cache
def _voices(program: str) -> Sequence[str]:
    """Those that speak: festival's are packages of their own."""
    if program == "espeak-ng":
        return espeak_voices()
    return [voice for voice in (FLITE_VOICES if program == "flite" else FESTIVAL_VOICES) if _speaks(program, voice)]


def _speaks(program: str, voice: str) -> bool:
    try:
        return len(speak(Utterance("hello", program, voice))) > 0
    except UsageError:
        return False


def random_utterances(text: str, program: str, rng: random.Random) -> Iterator[Utterance]:
    """The text in one random voice of the program after another, with random tempo and pitch, without end."""
    choices = _voices(program)
    while True:
        yield Utterance(text, program, rng.choice(choices), rng.uniform(0.75, 1.35), rng.uniform(0.7, 1.4))


def write_corpus(folder: Path, utterances: Iterable[tuple[str, str, Utterance]], workers: int = 2) -> None:
    """Speaks (kind, label, utterance) into FLAC files with a manifest.csv; what is already there is kept.

    The same utterance twice is one file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = {folder / f"{_digest(utterance)}.flac": (kind, label, utterance) for kind, label, utterance in utterances}
    with ThreadPoolExecutor(workers) as pool:
        spoken = pool.map(lambda path: _speak_to(path, jobs[path][2]), jobs)
        deque(track(spoken, folder.name, len(jobs), transient=True), maxlen=0)
    write_manifest(folder, [_clip(path, *job) for path, job in jobs.items()])


def _clip(path: Path, kind: str, label: str, utterance: Utterance) -> Clip:
    speaker, length = f"{utterance.program}:{utterance.voice}", round(soundfile.info(path).duration, 3)
    return Clip(path, kind, label, utterance.text, speaker, length, "synthetic", True, path.parent.name)


def _digest(utterance: Utterance) -> str:
    """Names a recording by what is said and how, so that a changed list never takes one for another."""
    return hashlib.sha256(repr(utterance).encode()).hexdigest()[:16]


def _speak_to(path: Path, utterance: Utterance) -> None:
    if not path.exists():
        part = path.with_suffix(".part")
        soundfile.write(part, speak(utterance), SAMPLE_RATE, format="FLAC")
        part.rename(path)
