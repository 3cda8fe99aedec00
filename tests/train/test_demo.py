"""The demo's recording is made of speech whose words are known."""

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("soundfile", reason="training needs its extra: pip install -e '.[train]'")
pytestmark = pytest.mark.skipif(
    not shutil.which("espeak-ng"), reason="needs espeak-ng: scripts/system-packages installs it"
)

from edge.audio import SAMPLE_RATE  # noqa: E402
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
