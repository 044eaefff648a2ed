"""Co-occurrence counts: summed over the seeds, or expanded from one seed."""

import numpy as np
import pytest

from harness import ParameterError, Ragged, create
from harness.ragged import NO_ID

PAIRS = {(0, 1): 5, (0, 2): 4, (0, 3): 4, (0, 6): 1, (1, 4): 3, (1, 5): 2, (2, 6): 3, (3, 7): 2, (4, 8): 1}
"""Two tracks -> how many playlists hold them; each playlist holds two tracks."""

FROM_0 = [1, 2, 4, 5, 6, 8]
"""Two a step: 0 adds 1 (5) and 2 (4, as 3 has, but lower); 1 adds 4 and 5; 2 adds 6; 4 adds 8; no other adds any."""


@pytest.fixture(scope="module")
def train(handmade):
    return handmade([pair for pair, n in PAIRS.items() for _ in range(n)])


def fitted(train, **params):
    model = create("co-occurrence", params)
    model.fit(train, None)
    return model


def filled(tracks, k):
    return tracks + [NO_ID] * (k - len(tracks))


def test_one_seed_is_expanded_breadth_first(train, challenge_with):
    ranked = fitted(train, step=2).recommend(challenge_with(train, [[0]]), 9)
    assert ranked.tracks.tolist() == [filled(FROM_0, 9)]
    np.testing.assert_allclose(ranked.scores[0, :6], [1 / rank for rank in range(1, 7)], rtol=1e-6)


def test_a_shorter_expansion_is_the_beginning_of_a_longer_one(train, challenge_with):
    model = fitted(train, step=2)
    for k in range(1, 7):
        assert model.recommend(challenge_with(train, [[0]]), k).tracks.tolist() == [FROM_0[:k]]


def test_a_wide_step_lists_by_shared_playlists_alone(train, challenge_with):
    ranked = fitted(train, step=9).recommend(challenge_with(train, [[0]]), 5)
    assert ranked.tracks.tolist() == [[1, 2, 3, 6, 4]]


def test_an_expansion_ends_at_its_reach_and_scores_nothing_beyond(train, challenge_with):
    model = fitted(train, step=2, reach=3)
    challenge = challenge_with(train, [[0]])
    assert model.recommend(challenge, 5).tracks.tolist() == [filled(FROM_0[:3], 5)]
    scores = model.score(challenge, Ragged.from_rows([[5, 4, 1, 0]]))
    np.testing.assert_allclose(scores, [np.nan, 1 / 3, 1, np.nan], rtol=1e-6)


def test_several_seeds_sum_the_playlists_they_share(train, challenge_with):
    """6 shares 1 with 0 and 3 with 2; 4 shares 3 with 1 and none with 2."""
    model = fitted(train)
    challenge = challenge_with(train, [[0, 2, 0], [1, 2]])
    ranked = model.recommend(challenge, 4)
    assert ranked.tracks.tolist() == [[1, 3, 6, NO_ID], [0, 4, 6, 5]]
    assert ranked.scores.tolist() == [[5, 4, 1 + 3, 0], [5 + 4, 3, 3, 2]]
    assert model.score(challenge, Ragged.from_rows([[6, 8], [0]])).tolist() == [4, 0, 9]


def test_never_expanded_one_seed_counts_as_several_do(train, challenge_with):
    ranked = fitted(train, expansion="never").recommend(challenge_with(train, [[0]]), 5)
    assert ranked.tracks.tolist() == [[1, 2, 3, 6, NO_ID]]
    assert ranked.scores.tolist() == [[5, 4, 4, 1, 0]]


def test_several_seeds_expanded_have_their_turns_from_the_last_to_the_first(train, challenge_with):
    """3 adds 7 alone, since 0 is a seed; 0 adds 1 and 2; then 7 adds none, 1 adds 4 and 5, 2 adds 6."""
    ranked = fitted(train, expansion="always", step=2).recommend(challenge_with(train, [[0, 3]]), 6)
    assert ranked.tracks.tolist() == [[7, 1, 2, 4, 5, 6]]


def test_pairs_that_share_too_few_playlists_are_not_similar(train, challenge_with):
    """At least 2: 0 and 6 share 1, 4 and 8 share 1."""
    model = fitted(train, min_count=2)
    challenge = challenge_with(train, [[0, 2], [4]])
    ranked = model.recommend(challenge, 4)
    assert ranked.tracks.tolist() == [[1, 3, 6, NO_ID], [1, 0, 5, 2]]
    assert ranked.scores[0].tolist() == [5, 4, 3, 0]
    assert model.score(challenge.take(np.array([0])), Ragged.from_rows([[6, 1]])).tolist() == [3, 5]
    assert 8 in fitted(train).recommend(challenge, 9).tracks[1]
    assert 8 not in model.recommend(challenge, 9).tracks[1]


def test_the_first_seed_alone_is_expanded_and_listed_tracks_are_skipped(train, challenge_with):
    """Two a step. 0 adds 1 and 2; of 1's two, 0 (a seed) is skipped and 4 added; 2 adds 6 after 0; 4 adds 8 after 1.

    The second seed, 6, is dropped from the list; with `always`, it would be expanded first.
    """
    model = fitted(train, expansion="seed", step=2)
    challenge = challenge_with(train, [[0], [0, 6]])
    assert model.recommend(challenge, 9).tracks.tolist() == [filled([1, 2, 4, 6, 8], 9), filled([1, 2, 4, 8], 9)]
    scores = model.score(challenge, Ragged.from_rows([[8, 5], [8]]))
    np.testing.assert_allclose(scores, [1 / 5, np.nan, 1 / 4], rtol=1e-6)


def test_no_known_seed_gives_an_empty_list(train, challenge_with):
    for expansion in ("one-seed", "always", "never", "seed"):
        ranked = fitted(train, expansion=expansion).recommend(challenge_with(train, [[]]), 3)
        assert ranked.tracks.tolist() == [[NO_ID] * 3]


def test_the_lists_do_not_depend_on_threads(split):
    one, two = (
        fitted(split.train, expansion="always", threads=threads).recommend(split.challenge, 100) for threads in (1, 2)
    )
    assert (one.tracks == two.tracks).all()


@pytest.mark.parametrize("params", [{"step": 0}, {"reach": 0}, {"min_count": 0}, {"expansion": "sideways"}])
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ParameterError, match=next(iter(params))):
        create("co-occurrence", params)
