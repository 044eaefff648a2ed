"""Inner draws of blend and two-stage: when the whole training set is fitted afterwards."""

import pytest

from harness import Split
from harness.ragged import Ragged
from recommenders._inner_draws import fits_whole


@pytest.fixture
def draws(handmade, challenge_with):
    """A training set of 400 playlists, and as many inner draws as lengths are given."""

    def made(*lengths):
        train = handmade([[0, 1]] * 400)
        return train, [Split(train, challenge_with(train, [[0]] * n), Ragged.from_rows([[1]] * n)) for n in lengths]

    return made


@pytest.mark.parametrize(
    ("lengths", "refit", "fits"),
    [
        ([3], None, False),
        ([4], None, True),
        ([3], True, True),
        ([4], False, False),
        ([3, 3], None, True),
        ([3, 3], False, True),
        ([], None, True),
        ([], False, True),
    ],
)
def test_the_whole_training_set_is_fitted_unless_a_single_small_draw_suffices(draws, lengths, refit, fits):
    train, folds = draws(*lengths)
    assert fits_whole(folds, train, refit=refit) == fits
