"""The demo's recording is made of speech whose words are known."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("soundfile", reason="training needs its extra: pip install -e '.[train]'")
pytestmark = pytest.mark.skipif(
    not shutil.which("espeak-ng"), reason="needs espeak-ng: scripts/system-packages installs it"
)

from edge.audio import SAMPLE_RATE  # noqa: E402
from edge.errors import DataError  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.corpora.audio import load  # noqa: E402
from train.corpora.manifest import Clip, read_corpora  # noqa: E402
from train.recipes.trigger.demo import make_demo  # noqa: E402
from train.recipes.trigger.words import WORDS  # noqa: E402
from train.synthesis import Utterance, write_corpus  # noqa: E402


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    root = tmp_path_factory.mktemp("demo")
    words = [("wakeword", word, Utterance(word, "espeak-ng", "en-gb")) for word in WORDS]
    write_corpus(root / "wakewords_picovoice", words)
    sentence = Utterance("nothing in this sentence should wake anybody at all", "espeak-ng", "en-us")
    write_corpus(root / "sentences_librispeech", [("sentence", "", sentence)])
    return read_corpora(root)


def test_the_demo_says_each_word_once_and_credits_every_clip(clips: list[Clip], tmp_path: Path) -> None:
    make_demo(clips, tmp_path, seed=1)
    samples = load(tmp_path / "demo.flac")
    expected = json.loads((tmp_path / "expected.json").read_text())["words"]
    assert len(samples) <= 30 * SAMPLE_RATE
    assert sorted(word["name"] for word in expected) == sorted(WORDS)
    assert [word["began"] for word in expected] == sorted(word["began"] for word in expected)
    for word in expected:
        inside = samples[int(word["began"] * SAMPLE_RATE) : int(word["ended"] * SAMPLE_RATE)].astype(float)
        assert 0.2 < len(inside) / SAMPLE_RATE < 1.4
        assert (inside**2).mean() > (samples.astype(float) ** 2).mean() / 4
    credited = (tmp_path / "CREDITS.md").read_text()
    assert all(clip.path.name in credited for clip in clips)


def test_a_demo_is_the_same_from_the_same_seed(clips: list[Clip], tmp_path: Path) -> None:
    make_demo(clips, tmp_path / "one", seed=2)
    make_demo(clips, tmp_path / "two", seed=2)
    assert (tmp_path / "one" / "demo.flac").read_bytes() == (tmp_path / "two" / "demo.flac").read_bytes()


def test_the_demo_goes_to_its_own_folder(clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    audio = clips[0].path.parents[1]
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "audio").symlink_to(audio)
    assert main(["trigger", "demo", "--work", "work", "--audio", str(audio)]) == 0
    assert [path.name for path in (tmp_path / "firmware_models").iterdir()] == ["demo"]
    files = {path.name for path in (tmp_path / "firmware_models" / "demo").iterdir()}
    assert files == {"CREDITS.md", "demo.flac", "expected.json"}


def test_recordings_that_make_no_demo_are_refused_with_the_mend(clips: list[Clip], tmp_path: Path) -> None:
    soundfile.write(tmp_path / "click.flac", np.ones(100, np.int16), SAMPLE_RATE)
    clipped = [replace(clip, path=tmp_path / "click.flac") if clip.label else clip for clip in clips]
    with pytest.raises(DataError, match=r"click\.flac: no word stands out of the room; take its line out"):
        make_demo(clipped, tmp_path)
    with pytest.raises(DataError, match="no recording of speech without the words; give a folder with"):
        make_demo([clip for clip in clips if clip.label], tmp_path)
