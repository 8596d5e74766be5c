"""The playback mixer: no change clicks, nothing wraps around."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scripts.playback.playback_mixer import PlaybackMixer
from scripts.temporary import playback
from tests.fake_player import FakeSource, Tone, largest_step

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["play", "stop", "level"]), st.integers(0, 4000), st.integers(0, 200_000)
    ),
    max_size=12,
)


@given(CHANGES)
def test_no_change_clicks(changes: list[tuple[str, int, int]]) -> None:
    mixer, place, heard = PlaybackMixer(), 0, []
    source = Tone(5, level=8000)
    mixer.play(0, source, 0, 1.0)
    for kind, wait, value in changes:
        heard.append(mixer.render(place, wait))
        place += wait
        if kind == "play":
            mixer.play(place, source, value // 441 * 441 + 1, 0.8)
        elif kind == "stop":
            mixer.stop(place)
        else:
            mixer.set_level(place, value / 200_000)
    heard.append(mixer.render(place, 2000))
    # A ramp adds 8000 / RAMP_FRAMES a frame at most; several may overlap.
    steepest = 8000 * 2 * np.pi * 441 / playback.SAMPLE_RATE
    assert largest_step(np.concatenate(heard)) <= (steepest + 8000 / playback.RAMP_FRAMES) * 4 + 2


def test_two_loud_songs_never_wrap_around() -> None:
    mixer = PlaybackMixer()
    mixer.play(0, FakeSource(5, 32_000), 0, 1.0)
    mixer.play(100, FakeSource(5, 32_000), 0, 1.0)
    assert mixer.render(100, 100).min() > 0


def test_a_song_that_is_not_decoded_yet_waits() -> None:
    mixer, source = PlaybackMixer(), FakeSource(5, 1000, held=0)
    mixer.play(0, source, 0, 1.0)
    assert not mixer.render(0, 500).any()
    source.held = None
    late = mixer.render(500, 500)
    assert (late == 1000).all()
    assert mixer.current is not None
    assert mixer.current.source_frame(1000) == 500
