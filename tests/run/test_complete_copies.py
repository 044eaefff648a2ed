"""Challenge playlists that a training playlist contains completely."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.ragged import Ragged
from harness.run.complete_copies import complete_copies

TRACKS = st.sets(st.integers(0, 9), max_size=4)
EVERY = list(range(10))


@given(
    trained=st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=8),
    cut=st.lists(st.tuples(TRACKS, TRACKS), max_size=6),
    pairs=st.integers(1, 5),
)
def test_a_playlist_is_contained_if_one_training_playlist_has_all_of_its_tracks(
    handmade, challenge_with, trained, cut, pairs
):
    train = handmade([*trained, EVERY]).take(np.arange(len(trained)))
    challenge = challenge_with(train, [sorted(seeds) for seeds, _ in cut])
    withheld = Ragged.from_rows([sorted(withheld - seeds) for seeds, withheld in cut])
    found = complete_copies(train, challenge, withheld, at_once=pairs).tolist()
    whole = [seeds | withheld for seeds, withheld in cut]
    assert found == [bool(tracks) and any(tracks <= set(row) for row in trained) for tracks in whole]
