"""Log-mel features: equal to librosa, and identical however the stream is cut."""

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.audio import SAMPLE_RATE, Pcm16
from edge.features import DEPTH, FeatureConfig, FeatureStream, MelFilters, Normaliser, pcen_of

Kind: TypeAlias = Literal["none", "mean", "pcen", "peak", "pcen+peak"]
KINDS: tuple[Kind, ...] = ("none", "mean", "pcen", "peak", "pcen+peak")
PEAK = FeatureConfig(normalise="peak", time_constant=0.5)


def speechlike(seconds: float, seed: int = 0) -> Pcm16:
    """Noise whose level rises and falls by 60 dB, as between words."""
    rng = np.random.default_rng(seed)
    n = int(seconds * SAMPLE_RATE)
    envelope = 10 ** (-1.5 + 1.5 * np.sin(np.arange(n) / 3000))
    return np.round(rng.standard_normal(n) * 3000 * envelope).clip(-32768, 32767).astype(np.int16)


def cut(samples: Pcm16, sizes: list[int]) -> list[Pcm16]:
    """The samples in blocks of the sizes, round and round."""
    edges = np.cumsum(np.resize(sizes, len(samples) // min(sizes) + 1))
    return np.split(samples, edges[edges < len(samples)])


@pytest.mark.parametrize("bands", [40, 64])
def test_power_is_librosas_to_a_ten_thousandth(bands: int) -> None:
    librosa = pytest.importorskip("librosa", reason="librosa is the oracle: pip install -e '.[train]'")
    config = FeatureConfig(normalise="none", bands=bands, floor=1e-12, fft=512 if bands == 40 else 1024)
    samples = speechlike(5)
    # librosa centres the window in the padded frame; shifting a frame does not change its power.
    before = (config.fft - config.window) // 2
    padded = np.concatenate([np.zeros(before), samples / 32768, np.zeros(before)])
    expected = librosa.feature.melspectrogram(
        y=padded, sr=SAMPLE_RATE, n_fft=config.fft, win_length=config.window, hop_length=config.hop, center=False,
        n_mels=bands, fmin=config.low_hz, fmax=config.high_hz, htk=True, norm=None,
    )  # fmt: skip
    ours = np.exp(FeatureStream(config).feed(samples).astype(np.float64))
    np.testing.assert_allclose(ours, expected.T[: len(ours)] + config.floor, rtol=1e-4)
    assert len(ours) == (len(samples) - config.window) // config.hop + 1


def test_pcen_is_librosas() -> None:
    librosa = pytest.importorskip("librosa", reason="librosa is the oracle: pip install -e '.[train]'")
    config = FeatureConfig(normalise="pcen", ceiling=1e9)
    energies = np.exp(FeatureStream(replace(config, normalise="none")).feed(speechlike(3)).astype(np.float64))
    smooth = config.hop / SAMPLE_RATE / config.time_constant
    expected = librosa.pcen(
        energies.T,
        b=smooth,
        gain=0.98,
        bias=2.0,
        power=0.5,
        eps=1e-6,
        max_size=1,
        zi=energies[0][:, None] * (1 - smooth),
    )
    np.testing.assert_allclose(Normaliser(config).feed(energies), expected.T, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 159, 160, 400, 1000, 16000])
def test_frames_are_identical_at_any_block_size(kind: Kind, size: int) -> None:
    config = FeatureConfig(normalise=kind)
    samples = speechlike(1.5)
    whole = FeatureStream(config).feed(samples)
    stream = FeatureStream(config)
    np.testing.assert_array_equal(np.concatenate([stream.feed(block) for block in cut(samples, [size])]), whole)


@given(
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=8), kind=st.sampled_from(KINDS), seed=st.integers(0, 99)
)
@settings(deadline=None, max_examples=30)
def test_frames_are_identical_for_any_cutting(sizes: list[int], kind: Kind, seed: int) -> None:
    config = FeatureConfig(normalise=kind)
    samples = speechlike(0.7, seed)
    stream = FeatureStream(config)
    joined = np.concatenate([stream.feed(block) for block in cut(samples, [*sizes, 50])])
    np.testing.assert_array_equal(joined, FeatureStream(config).feed(samples))


def test_ten_minutes_at_once_are_the_same_frames() -> None:
    samples = np.tile(speechlike(10), 60)
    stream = FeatureStream()
    joined = np.concatenate([stream.feed(block) for block in cut(samples, [48_000])])
    np.testing.assert_array_equal(FeatureStream().feed(samples), joined)


def test_a_frame_comes_with_its_last_sample_and_not_before() -> None:
    stream = FeatureStream()
    samples = speechlike(0.1)
    assert len(stream.feed(samples[:399])) == 0
    assert len(stream.feed(samples[399:400])) == 1
    assert len(stream.feed(samples[400:559])) == 0
    assert len(stream.feed(samples[559:560])) == 1


def test_nothing_in_nothing_out() -> None:
    frames = FeatureStream().feed(np.empty(0, np.int16))
    assert frames.shape == (0, 40)
    assert frames.dtype == np.float32


def test_mean_takes_out_the_gain() -> None:
    loud = speechlike(4) // 2
    frames, quiet = (FeatureStream(FeatureConfig(floor=1e-10)).feed(x) for x in (loud, loud // 4))
    assert np.abs(frames - quiet).mean() < 0.2


@pytest.mark.parametrize("samples", [np.zeros(8000, np.int16), np.full(8000, -32768, np.int16)])
@pytest.mark.parametrize("kind", KINDS)
def test_silence_and_full_scale_stay_finite(samples: Pcm16, kind: Kind) -> None:
    assert np.isfinite(FeatureStream(FeatureConfig(normalise=kind)).feed(samples)).all()


def test_reset_is_a_new_stream() -> None:
    stream = FeatureStream()
    first = stream.feed(speechlike(0.5))
    stream.reset()
    np.testing.assert_array_equal(stream.feed(speechlike(0.5)), first)


def test_rejoin_drops_the_unfinished_window_and_keeps_the_mean() -> None:
    stream, fresh = FeatureStream(), FeatureStream()
    stream.feed(speechlike(0.5)[:7777])
    stream.rejoin()
    after, anew = stream.feed(speechlike(0.3, 1)), fresh.feed(speechlike(0.3, 1))
    assert len(after) == len(anew)
    assert not np.array_equal(after, anew)


def test_the_digest_tells_configurations_apart() -> None:
    assert FeatureConfig().digest() == FeatureConfig().digest()
    assert FeatureConfig().digest() != FeatureConfig(bands=39).digest()


def test_too_many_bands_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        MelFilters.of(FeatureConfig(bands=200))


def hiss(seconds: float, level: float, low: float = 0, high: float = 8000) -> Pcm16:
    """Noise between two frequencies, at a level (root mean square)."""
    n = int(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(3).standard_normal(n))
    hertz = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    sound = np.fft.irfft(spectrum * ((hertz >= low) & (hertz <= high)), n)
    samples: Pcm16 = np.round(sound * level / sound.std()).clip(-32768, 32767).astype(np.int16)
    return samples


class TestPeak:
    def test_it_is_what_its_formula_says(self) -> None:
        energies = np.exp(FeatureStream(replace(PEAK, normalise="none")).feed(speechlike(2)).astype(np.float64))
        levels, fall, expected, peak = np.log(energies.sum(axis=1)), 0.01 / PEAK.time_constant, [], -np.inf
        for energy, level in zip(energies, levels, strict=True):
            peak = max(level, peak - fall)
            expected.append(PEAK.ceiling * np.maximum(0, 1 + (np.log(energy) - peak) / DEPTH))
        found = Normaliser(PEAK).feed(energies)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
        assert found.max() < PEAK.ceiling
        assert found.min() == 0

    def test_it_takes_out_the_gain(self) -> None:
        config = replace(PEAK, floor=1e-12)
        loud, quiet = (FeatureStream(config).feed(x) for x in (hiss(2, 4000), hiss(2, 400)))
        assert np.abs(loud - quiet).max() < 0.1

    @pytest.mark.parametrize(("kind", "apart"), [("peak", True), ("pcen", False)])
    def test_what_breaks_a_silence_keeps_its_shape(self, kind: Kind, apart: bool) -> None:
        """What pcen does not do: a low and a high sound that have something in every band look alike at first."""
        config = replace(PEAK, normalise=kind)
        room = hiss(2, 3)
        low, high = (
            np.concatenate([room, hiss(0.05, 3000, *band) + hiss(0.05, 300)]) for band in ((0, 900), (4000, 8000))
        )
        one, other = (FeatureStream(config).feed(sound)[200:203] for sound in (low, high))
        assert (np.abs(one - other).mean() > 1.2) == apart

    def test_two_that_began_apart_agree_to_the_bit_after_the_next_peak(self) -> None:
        sound = np.concatenate([speechlike(3), hiss(1, 20), hiss(1, 9000), hiss(1, 20)])
        late = 160 * 100
        ours, theirs = FeatureStream(PEAK).feed(sound)[100:], FeatureStream(PEAK).feed(sound[late:])
        assert np.array_equal(ours[310:], theirs[310:])


def test_two_normalisations_lie_side_by_side() -> None:
    both = replace(PEAK, normalise="pcen+peak")
    assert both.first == replace(PEAK, normalise="pcen")
    assert both.has_pcen
    assert not PEAK.has_pcen
    frames, pcen, peak = (
        FeatureStream(config).feed(speechlike(1)) for config in (both, replace(PEAK, normalise="pcen"), PEAK)
    )
    np.testing.assert_array_equal(frames, np.concatenate([pcen, peak], axis=1))
    assert both.width == frames.shape[1] == 2 * both.bands
    steps = len(frames) // 3
    np.testing.assert_array_equal(
        pcen_of(frames[: 3 * steps].reshape(steps, -1), both), pcen[: 3 * steps].reshape(steps, -1)
    )


def test_a_mixture_among_others_is_normalised_as_it_is_alone() -> None:
    energies = np.exp(np.stack([FeatureStream(replace(PEAK, normalise="none")).feed(speechlike(1, n)) for n in (1, 2)]))
    for kind in KINDS:
        config = replace(PEAK, normalise=kind)
        together = Normaliser(config).feed(energies.transpose(1, 0, 2))
        np.testing.assert_array_equal(together[:, 1], Normaliser(config).feed(energies[1]))
