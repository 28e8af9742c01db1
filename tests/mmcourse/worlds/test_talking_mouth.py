"""The talking mouth: what is heard, what is seen, what only one of them knows, and when they disagree."""

import numpy as np
import pytest

from mmcourse.worlds.talking_mouth import (
    RATE,
    SYLLABLES,
    lips,
    log_bands,
    mouth,
    small_video,
    talking_mouth,
    voice,
)


def test_shapes_ranges_and_seed():
    one, same, other = (talking_mouth(np.random.default_rng(seed), 6) for seed in (1, 1, 2))
    assert one.sound.shape == (6, 3200) and one.video.shape == (6, 10, 16, 16)
    assert np.abs(one.sound).max() < 1.5 and one.video.min() >= 0 and one.video.max() <= 1
    assert np.array_equal(one.sound, same.sound) and not np.array_equal(one.sound, other.sound)
    assert talking_mouth(np.random.default_rng(0), 0).sound.shape == (0, 3200)


def test_b_and_m_look_alike_and_sound_different():
    ba, ma = (SYLLABLES.index(name) for name in ("ba", "ma"))
    film = mouth(np.array([ba, ma]), np.array([0.8, 0.8]))
    np.testing.assert_array_equal(film[0], film[1])
    sound = voice(np.array([ba, ma]), np.array([120.0, 120.0]), np.array([1.0, 1.0]))
    closed = np.abs(sound[:, :600]).max(axis=1)
    assert closed[1] > 5 * closed[0]  # m hums while the lips are closed


def test_the_six_kinds_of_lips_are_told_apart_by_the_video_and_no_more():
    film = mouth(np.arange(12), np.full(12, 0.8)).reshape(12, -1)
    apart = np.abs(film[:, None] - film[None]).max(axis=-1) > 0.1
    np.testing.assert_array_equal(apart, lips(np.arange(12))[:, None] != lips(np.arange(12))[None])


def test_the_twelve_syllables_are_told_apart_by_the_sound():
    known = talking_mouth(np.random.default_rng(3), 600)
    new = talking_mouth(np.random.default_rng(4), 300)
    bands = [log_bands(clips.sound).reshape(len(clips.sound), -1) for clips in (known, new)]
    bands = [b - b.mean(axis=1, keepdims=True) for b in bands]  # without the loudness
    means = np.stack([bands[0][known.truth().heard == k].mean(axis=0) for k in range(12)])
    found = ((bands[1][:, None] - means) ** 2).sum(axis=-1).argmin(axis=1)
    assert np.mean(found == new.truth().heard) > 0.9


def test_the_voice_has_its_pitch():
    sound = voice(np.array([SYLLABLES.index("ma")]), np.array([160.0]), np.array([1.0]))[0, 1600:3200]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(1600)))
    loud = np.flatnonzero(spectrum > 0.2 * spectrum.max()) * RATE / 1600
    assert np.abs(loud / 160 - np.round(loud / 160)).max() < 0.1  # overtones only


def test_a_conflict_is_as_frequent_as_asked_and_always_another_syllable():
    for conflict in (0.0, 0.3, 1.0):
        truth = talking_mouth(np.random.default_rng(5), 2000 if 0 < conflict < 1 else 40, conflict).truth()
        assert np.mean(truth.heard != truth.seen) == pytest.approx(conflict, abs=0.04)


def test_bands_by_hand():
    tone = np.sin(2 * np.pi * 1000 * np.arange(3200) / RATE)[None]
    bands = log_bands(np.concatenate([tone, 10 * tone, 0 * tone]), bands=8)
    assert (bands[0].argmax(axis=1) == 2).all()  # 1000 to 1500 Hz
    np.testing.assert_allclose(bands[1, :, 2] - bands[0, :, 2], 2, atol=1e-3)  # ten times as loud is 20 decibels
    np.testing.assert_allclose(bands[2], -3)


def test_small_video_is_the_mean_of_two_by_two():
    film = np.random.default_rng(6).random((2, 10, 16, 16))
    small = small_video(film)
    assert small.shape == (2, 5, 8, 8)
    assert small[1, 2, 3, 4] == pytest.approx(film[1, 4, 6:8, 8:10].mean(), abs=1e-12)


def test_errors():
    with pytest.raises(ValueError, match="`conflict` is a probability, got 2"):
        talking_mouth(np.random.default_rng(0), 1, conflict=2)
    with pytest.raises(ValueError, match="3 numbers from 0 to 11"):
        talking_mouth(np.random.default_rng(0), 3, syllables=[0, 1])
    with pytest.raises(ValueError, match="2 numbers from 0 to 11"):
        talking_mouth(np.random.default_rng(0), 2, syllables=[0, 12])
