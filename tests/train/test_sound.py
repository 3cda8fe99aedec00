"""Augmentation, alignment and mixtures."""

import numpy as np
import pytest

from edge.audio import SAMPLE_RATE

pytest.importorskip("librosa", reason="training needs its extra: pip install -e '.[train]'")

from train import augment
from train.alignment import is_plausible, word_bounds
from train.augment import Signal
from train.mixtures import Mixer, SoundBank, WordRecording, recording_of_word
from train.surroundings import Recording, Surroundings


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def noise(seconds: float, level: float, seed: int = 0) -> Signal:
    return (rng(seed).standard_normal(int(seconds * SAMPLE_RATE)) * level).astype(np.float32)


def word_in_a_room(before: float, word: float, after: float) -> Signal:
    return np.concatenate([noise(before, 1e-3), noise(word, 0.1, 1), noise(after, 1e-3, 2)])


@pytest.mark.parametrize("snr", [0.0, 10.0, 20.0])
def test_noise_lies_below_the_loudest_frame_by_the_ratio(snr: float) -> None:
    speech = word_in_a_room(0.5, 0.5, 0.5)
    mixed = augment.add_noise(speech, noise(2, 0.3, 7), snr)
    added = augment.loudest((mixed - speech).astype(np.float32))
    assert 20 * np.log10(augment.loudest(speech) / added) == pytest.approx(snr, abs=0.01)


def test_silence_stays_silence() -> None:
    assert not augment.scale_to(np.zeros(1000, np.float32), 0.5).any()


def test_speed_changes_length_and_pitch() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    faster = augment.change_speed(tone, 1.25)
    assert len(faster) == pytest.approx(len(tone) / 1.25, abs=2)
    assert np.argmax(np.abs(np.fft.rfft(faster))) * SAMPLE_RATE / len(faster) == pytest.approx(550, abs=2)


def test_a_room_keeps_the_direct_sound_in_time() -> None:
    click = np.zeros(4000, np.float32)
    click[100] = 1
    response = augment.room_response(rng(1))
    wet = augment.reverberate(click, response)
    assert wet.shape == click.shape
    assert not np.abs(wet[:99]).max() > 1e-5
    assert np.sum(response**2) == pytest.approx(1, rel=1e-3)


def test_a_telephone_carries_300_to_3400_hertz() -> None:
    spectrum = np.abs(np.fft.rfft(augment.telephone(noise(1.024, 0.1))))
    hertz = np.fft.rfftfreq(int(1.024 * SAMPLE_RATE), 1 / SAMPLE_RATE)
    assert spectrum[(hertz < 200) | (hertz > 3600)].max() < 0.05 * spectrum[(hertz > 400) & (hertz < 3200)].mean()


def test_clipping_stops_at_full_scale() -> None:
    clipped = augment.clip(noise(0.2, 0.1), 3.0)
    assert np.abs(clipped).max() == 1
    assert (np.abs(clipped) == 1).sum() > 10


@pytest.mark.parametrize("padding", [0.0, 0.5])
def test_a_word_is_found_by_its_energy(padding: float) -> None:
    silence = np.zeros(int(padding * SAMPLE_RATE), np.float32)
    signal = np.concatenate([word_in_a_room(0.8, 0.6, 1.0), silence])
    began, ended = word_bounds(signal)
    assert began / SAMPLE_RATE == pytest.approx(0.8, abs=0.03)
    assert ended / SAMPLE_RATE == pytest.approx(1.4, abs=0.03)


def test_two_words_of_a_phrase_are_one_and_a_click_is_none() -> None:
    click = np.concatenate([noise(0.02, 0.5, 3), noise(0.5, 1e-3, 4)])
    phrase = np.concatenate([click, noise(0.3, 0.1, 1), noise(0.1, 1e-3, 5), noise(0.4, 0.1, 6), noise(0.5, 1e-3, 7)])
    began, ended = word_bounds(phrase)
    assert (began / SAMPLE_RATE, ended / SAMPLE_RATE) == pytest.approx((0.52, 1.32), abs=0.04)


@pytest.mark.parametrize("signal", [np.zeros(0, np.float32), np.zeros(9000, np.float32)])
def test_without_a_word_the_whole_recording_is_given(signal: Signal) -> None:
    assert word_bounds(signal) == (0, len(signal))


def test_a_gated_microphone_does_not_make_the_word_longer() -> None:
    """Digital silence, then the hum of the room, the word in it, and digital silence again."""
    gate, hum = noise(1.0, 1e-5, 1), noise(0.4, 2e-3, 2)
    began, ended = word_bounds(np.concatenate([gate, hum, noise(0.6, 0.2, 3), hum, gate]))
    assert (began / SAMPLE_RATE, ended / SAMPLE_RATE) == pytest.approx((1.4, 2.0), abs=0.03)


def test_a_restless_room_does_not_make_the_word_longer() -> None:
    """Noise 22 dB under the word, for longer than any word lasts, between quieter stretches."""
    quiet, restless = noise(0.6, 1e-3, 1), noise(0.7, 0.016, 2)
    began, ended = word_bounds(np.concatenate([quiet, restless, noise(0.6, 0.2, 3), restless, quiet]))
    assert (began / SAMPLE_RATE, ended / SAMPLE_RATE) == pytest.approx((1.3, 1.9), abs=0.03)


def test_the_quietest_moment_of_a_phrase_is_its_pause() -> None:
    phrase = np.concatenate([noise(0.4, 0.1, 1), noise(0.1, 1e-3, 2), noise(0.4, 0.1, 3)])
    assert augment.quietest(phrase, 0, len(phrase)) / SAMPLE_RATE == pytest.approx(0.45, abs=0.04)
    assert augment.quietest(phrase, 100, 200) == 150


def test_surroundings_keep_the_length_and_sometimes_the_silence() -> None:
    quiet = Recording((noise(0.5, 0.05, 9) * 32767).astype(np.int16))
    signal = np.concatenate([np.zeros(8000, np.float32), noise(0.5, 0.1, 1)])
    heard = [Surroundings([quiet], quiet.signal, rng(seed)).around(signal) for seed in range(60)]
    assert {len(one) for one in heard} == {len(signal)}
    silent = sum(not one[:8000].any() for one in heard)
    assert 2 <= silent <= 20


def test_what_is_too_long_or_too_short_is_no_word() -> None:
    assert not is_plausible((0, 1000))
    assert is_plausible((0, SAMPLE_RATE))
    assert not is_plausible((0, 3 * SAMPLE_RATE))


def spoken(label: str, seed: int) -> WordRecording:
    samples = (word_in_a_room(0.4, 0.5, 0.5) * 20000).astype(np.int16)
    found = recording_of_word(np.roll(samples, seed), label)
    assert found
    return found


def bank() -> SoundBank:
    words = {label: [[spoken(label, 1)], [spoken(label, 2)]] for label in ("yes", "no")}
    other = Recording((noise(3, 0.05, 9) * 32767).astype(np.int16))
    return SoundBank(words, [[other]], [other])


def test_mixtures_are_full_and_their_words_lie_inside() -> None:
    mixer = Mixer(bank(), rng(5))
    words = []
    for _ in range(40):
        samples, said = mixer.mixture(4 * SAMPLE_RATE)
        assert samples.shape == (4 * SAMPLE_RATE,)
        assert samples.dtype == np.int16
        assert all(0 <= word.began < word.ended <= len(samples) for word in said)
        assert [word.ended for word in said] == sorted(word.ended for word in said)
        words += said
    assert {word.label for word in words} == {"yes", "no"}
    assert len(words) > 20


def test_the_same_seed_makes_the_same_mixture() -> None:
    one, same, other = (Mixer(bank(), rng(seed)).mixture(SAMPLE_RATE)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_phrase_is_sometimes_said_with_a_pause() -> None:
    phrase = spoken("view glass", 0)
    mixer = Mixer(SoundBank({"view glass": [[phrase], [phrase]]}, [[phrase[0]]], [phrase[0]]), rng(4))
    lengths = {word.ended - word.began for _ in range(40) for word in mixer.mixture(64000)[1]}
    one = phrase[1].ended - phrase[1].began
    assert max(lengths) > one / 0.85 + 1000
    assert min(lengths) < one


def test_the_label_lies_where_the_word_is_loud() -> None:
    quiet = Recording(np.zeros(16000, np.int16))
    mixer = Mixer(SoundBank({"yes": [[spoken("yes", 0)], [spoken("yes", 0)]]}, [[quiet]], [quiet]), rng(3))
    found = 0
    for _ in range(30):
        samples, said = mixer.mixture(64000)
        if len(said) == 1:
            level = np.abs(samples.astype(np.float32))
            inside = level[said[0].began : said[0].ended].mean()
            found += inside > 3 * np.delete(level, np.s_[said[0].began - 3000 : said[0].ended + 9000]).mean()
    assert found >= 3
