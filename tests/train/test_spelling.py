"""Letters, the CTC loss against all alignments written out, and pools of utterances."""

from itertools import groupby, islice, product
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.audio import SAMPLE_RATE, Pcm16  # noqa: E402
from edge.decoder.alphabet import BLANK, LETTERS, SPACE, SYMBOLS, decode, encode  # noqa: E402
from edge.decoder.ctc import Span  # noqa: E402
from edge.errors import DataError, HarkError  # noqa: E402
from edge.features import FeatureConfig  # noqa: E402
from train import utterances  # noqa: E402
from train.export import load_cells, save_weights  # noqa: E402
from train.losses import ctc_loss  # noqa: E402
from train.networks import Layer, Network, NetworkSpec  # noqa: E402
from train.parallel import in_parallel  # noqa: E402
from train.recipes.speech import cutting  # noqa: E402
from train.utterances import (  # noqa: E402
    AFTER,
    BEFORE,
    LONGEST,
    PAUSE,
    Utterance,
    batches_by_length,
    make_utterances,
    read_utterances,
    speech_batches,
    utterance,
)

CONFIG = FeatureConfig()


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def sound(seconds: float, seed: int = 0) -> Pcm16:
    return (rng(seed).standard_normal(int(seconds * SAMPLE_RATE)) * 1000).astype(np.int16)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Hello, World!", "hello world"),
        ("the apple-pie\u2019s  café", "the apple pie's cafe"),
        ("", ""),
        ("42 ?", ""),
    ],
)
def test_text_is_reduced_to_the_alphabet(text: str, written: str) -> None:
    assert decode(encode(text)) == written
    assert BLANK not in encode(LETTERS)


def by_hand(probabilities: np.ndarray, letters: list[int]) -> float:
    """-log of the sum over every alignment that collapses to the letters."""
    total = 0.0
    for path in product(range(probabilities.shape[1]), repeat=len(probabilities)):
        if [symbol for symbol, _ in groupby(path) if symbol != probabilities.shape[1] - 1] == letters:
            total += float(np.prod([probabilities[step, symbol] for step, symbol in enumerate(path)]))
    return -float(np.log(total))


@pytest.mark.parametrize("letters", [[0], [0, 1], [1, 1], [2, 0, 2]])
def test_ctc_sums_over_all_alignments(letters: list[int]) -> None:
    logits = rng(3).standard_normal((1, 6, 4)).astype(np.float32)
    steps = 5
    probabilities = np.exp(logits[0, :steps]) / np.exp(logits[0, :steps]).sum(axis=1, keepdims=True)
    padded = np.array([[*letters, 3, 3]], np.int32)
    loss = ctc_loss(tf.constant(logits), tf.constant([steps]), tf.constant(padded), tf.constant([len(letters)]))
    assert float(loss) == pytest.approx(by_hand(probabilities, letters) / len(letters), rel=1e-4)


@pytest.mark.parametrize("silent", [1, 2, 3])
def test_alignments_that_spell_at_the_beginning_do_not_count(silent: int) -> None:
    logits = rng(3).standard_normal((1, 5, 4)).astype(np.float32)
    probabilities = np.exp(logits[0]) / np.exp(logits[0]).sum(axis=1, keepdims=True)
    beginning = -float(np.log(probabilities[:silent, 3]).sum())
    loss = ctc_loss(tf.constant(logits), tf.constant([5]), tf.constant([[0, 1]]), tf.constant([2]), silent)
    assert float(loss) == pytest.approx((beginning + by_hand(probabilities[silent:], [0, 1])) / 2, rel=1e-4)


def test_an_utterance_with_too_few_steps_costs_nothing() -> None:
    logits = tf.zeros((2, 4, SYMBOLS))
    letters = tf.constant([[1, 2, 0, 0], [1, 2, 3, 4]])
    both = ctc_loss(logits, tf.constant([4, 2]), letters, tf.constant([2, 4]))
    alone = ctc_loss(logits[:1], tf.constant([4]), letters[:1], tf.constant([2]))
    assert float(both) * 6 == pytest.approx(float(alone) * 2, rel=1e-5)


def test_what_cannot_be_spelled_is_no_utterance() -> None:
    assert utterance(sound(1), "hello", CONFIG)
    assert utterance(sound(1), "...", CONFIG) is None
    assert utterance(sound(0.1), "far too many letters", CONFIG) is None
    assert utterance(sound((LONGEST + 5) / 100), "hello", CONFIG) is None


def test_a_pool_gives_back_each_utterance_clean_and_as_heard_elsewhere(tmp_path: Path) -> None:
    speech = [(lambda n=n: sound(0.5 + 0.1 * n, n), "abc"[: n + 1]) for n in range(3)]
    make_utterances(tmp_path, speech, lambda samples, _: (samples // 2).astype(np.int16), CONFIG)
    found = read_utterances([tmp_path])
    assert sorted(decode(some.letters.tolist()) for some in found) == ["a", "a", "ab", "ab", "abc", "abc"]
    lengths = [len(some.energies) for some in found]
    assert lengths == sorted(lengths)
    clean, halved = (float(some.energies.astype(np.float64).mean()) for some in found[:2])
    assert abs(clean - halved) == pytest.approx(np.log(4), abs=0.05)

    make_utterances(tmp_path, [], lambda samples, _: samples, CONFIG)
    assert len(read_utterances([tmp_path])) == 6


def test_a_part_that_cannot_be_made_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def fail(number: int) -> None:
        if number == 1:  # Of two that fail, the first has the other killed before it has told why.
            raise RuntimeError("part 1 is cursed")

    with pytest.raises(HarkError, match="could not be filled"):
        in_parallel(fail, 2, tmp_path)
    assert "part 1 is cursed" in capfd.readouterr().err


def test_batches_hold_every_utterance_once_and_no_more_frames_than_told() -> None:
    made = [utterance(sound(0.3 + 0.05 * n, n), "ab", CONFIG) for n in range(30)]
    utterances = [some for some in made if some]
    batches = batches_by_length(utterances, 500, rng())
    seen: list[int] = []
    while len(seen) < len(utterances):
        group = next(batches)
        seen += [id(some) for some in group]
        assert len(group) * max(len(some.energies) for some in group) <= 500
    assert sorted(seen) == sorted(map(id, utterances))


def test_a_speech_batch_is_ready_for_ctc() -> None:
    made = [utterance(sound(0.6 + 0.05 * n, n), "abcdefgh"[: n + 1], CONFIG) for n in range(8)]
    batches = speech_batches([some for some in made if some], CONFIG, 3, 300, rng())
    for batch in islice(batches, 10):
        rows, steps, width = batch.inputs.shape
        assert width == 3 * CONFIG.bands
        assert steps == batch.steps.max()
        assert len(batch.steps) == len(batch.letters) == len(batch.counts) == rows
        for letters, count in zip(batch.letters, batch.counts, strict=True):
            assert decode(letters[:count].tolist()) == "abcdefgh"[:count]


def test_who_speaks_too_fast_to_be_spelt_is_in_no_batch() -> None:
    slow, fast = (utterance(sound(1.0, 1), text, CONFIG) for text in ("abc", 2 * "aabbccddeeffgghhiijjkkll"))
    assert slow
    assert fast  # 98 frames and the pauses, no more than 67 steps, for 48 letters and 24 blanks
    for batch in islice(speech_batches([slow, fast], CONFIG, 3, 1000, rng()), 10):
        assert batch.counts.tolist() == [3]


def in_words(lengths: list[int], pauses: list[int]) -> tuple[Utterance, list[Span]]:
    """Words of so many letters, each a step of 3 frames at level 0, with pauses of so many steps between them."""
    letters: list[int] = []
    spans: list[Span] = []
    levels: list[int] = []
    for length, pause in zip(lengths, [*pauses, 0], strict=True):
        letters += [3] * length + [SPACE]
        spans += [Span(len(levels) + place, len(levels) + place + 1) for place in range(length + 1)]
        levels += [0] * length + [-9] * pause
    energies = np.repeat(np.array(levels, np.float16), 3)[:, None] * np.ones(4, np.float16)
    return Utterance(energies, np.array(letters[:-1], np.uint8)), spans[:-1]


def test_every_utterance_has_a_pause_before_and_after_it() -> None:
    loud = np.full((60, 40), 5.0, np.float16)
    loud[:20] = -9
    utterances = [Utterance(loud, np.array([1, 2], np.uint8)) for _ in range(50)]
    batch = next(speech_batches(utterances, FeatureConfig(normalise="none"), 3, 50 * 130, rng(2)))
    starts = []
    for row, steps in zip(batch.inputs, batch.steps, strict=True):
        heard = np.flatnonzero(row[:steps].reshape(-1, 40).max(axis=1) > 2)
        starts.append(heard[0])
        assert heard[-1] <= 3 * int(steps) - AFTER[0] + 3
    assert np.ptp(starts) > BEFORE[1] / 2


def test_the_fewest_and_the_most_frames_of_a_pause_are_drawn() -> None:
    found, draws = np.zeros((5, 4), np.float32), rng(3)
    drawn = {len(utterances._between_pauses(found, draws)) for _ in range(5000)}
    assert (min(drawn), max(drawn)) == (5 + BEFORE[0] + AFTER[0], 5 + BEFORE[1] + AFTER[1])


def test_a_noisy_room_is_there_before_and_after_what_is_said_in_it() -> None:
    loud, noise = np.full((60, 40), 5.0, np.float32), rng(1).normal(-4, 1, (5000, 40)).astype(np.float16)
    loud[:8] = -9.0
    utterances = [Utterance(loud.astype(np.float16), np.array([1, 2], np.uint8)) for _ in range(400)]
    config = FeatureConfig(normalise="none")
    batch = next(speech_batches(utterances, config, 3, 400 * 130, rng(2), noise))
    assert 3 * int(batch.steps.max()) * len(batch.steps) <= 400 * 130
    rows = batch.inputs.reshape(len(batch.steps), -1, 40)
    noisy = rows[:, :10].std(axis=1).mean(axis=1) > 0.01
    assert 0.1 < noisy.mean() < 0.6
    assert batch.steps[noisy].mean() > batch.steps[~noisy].mean() + PAUSE / 3 / 2


def test_a_long_utterance_is_cut_in_its_longest_pauses_until_its_pieces_are_short() -> None:
    found = list(cutting.split(*in_words([90, 80, 120, 70, 100], [10, 30, 20, 10]), stack=3))
    assert [len(piece.letters) for piece in found] == [171, 120, 171]
    assert all(SPACE not in (piece.letters[0], piece.letters[-1]) for piece in found)
    assert [int((piece.energies[:, 0] == 0).sum()) for piece in found] == [510, 360, 510]


def test_what_has_no_pause_stays_whole() -> None:
    for some, spans in (in_words([300, 300], [cutting.PAUSE - 1]), in_words([30, 500], [10]), in_words([50, 50], [10])):
        (whole,) = cutting.split(some, spans, stack=3)
        assert whole is some


def test_lower_cells_of_one_network_begin_another(tmp_path: Path) -> None:
    speller = Network(NetworkSpec(4, (Layer(8), Layer(6, "lstm"), Layer(8)), (("letters", SYMBOLS),), stack=2), seed=1)
    save_weights(speller, tmp_path / "speller.npz")
    listener = Network(NetworkSpec(4, (Layer(8), Layer(6, "lstm")), (("scores", 2),), stack=2), seed=3)
    head = listener.heads["scores"].kernel.numpy()
    load_cells(listener, tmp_path / "speller.npz")
    for mine, theirs in zip(listener.cells, speller.cells, strict=False):
        np.testing.assert_array_equal(mine.kernel, theirs.kernel)
        np.testing.assert_array_equal(mine.recurrent_kernel, theirs.recurrent_kernel)
    np.testing.assert_array_equal(listener.heads["scores"].kernel, head)
    narrow = Network(NetworkSpec(2, (Layer(8),), (("scores", 2),), stack=2))
    load_cells(narrow, tmp_path / "speller.npz")
    kernel = speller.cells[0].kernel.numpy()
    np.testing.assert_array_equal(narrow.cells[0].kernel, np.concatenate([kernel[:2], kernel[4:6]]))
    wider = Network(NetworkSpec(4, (Layer(8), Layer(8)), (("scores", 2),), stack=2))
    with pytest.raises(DataError, match="layer1/"):
        load_cells(wider, tmp_path / "speller.npz")
    deeper = Network(NetworkSpec(4, (Layer(8), Layer(6, "lstm"), Layer(8), Layer(8)), (("scores", 2),), stack=2))
    with pytest.raises(DataError, match=r"layer3/.* is missing"):
        load_cells(deeper, tmp_path / "speller.npz")
