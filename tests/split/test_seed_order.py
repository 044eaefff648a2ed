"""What tells seeds in order from random ones."""

import numpy as np

from harness.split.seed_order import halves_at_random
from harness.types import Ragged


def test_playlists_of_one_seed_tell_nothing_of_order():
    one = Ragged.from_rows([[0], [1], []])
    assert halves_at_random(one, one, one, np.zeros(2, np.int32)) == 0
