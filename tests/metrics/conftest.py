"""Fixtures: small challenges, and three lists with values computed by hand for every definition."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from harness.metrics.evaluation import evaluate_lists
from harness.ragged import Ragged
from harness.types import Catalog, Challenge


def _challenge(artist_of, n, categories=None, first_pid=0):
    artist_of = np.asarray(artist_of, np.int32)
    n_tracks = len(artist_of)
    uris = pl.DataFrame({"uri": [f"spotify:track:{i:022}" for i in range(n_tracks)], "name": [""] * n_tracks})
    artists = pl.DataFrame({"uri": [f"artist {i}" for i in range(int(artist_of.max(initial=-1)) + 1)]})
    catalog = Catalog(
        uris,
        artists,
        pl.DataFrame({"uri": pl.Series([], dtype=pl.String)}),
        artist_of,
        np.full(n_tracks, -1, np.int32),
        np.zeros(n_tracks, np.int32),
    )
    info = pl.DataFrame(
        {
            "pid": np.arange(first_pid, first_pid + n),
            "name": ["a title"] * n,
            "num_holdouts": [1] * n,
            "category": np.zeros(n, np.int64) if categories is None else np.asarray(categories),
        }
    )
    return Challenge(info, Ragged.from_rows([[]] * n), catalog)


@pytest.fixture(scope="session")
def challenge_of():
    """`(artist_of, n, categories=None, first_pid=0)` -> a challenge of n playlists without seeds."""
    return _challenge


@dataclass(frozen=True)
class CheckList:
    """Track names `t1A`: the letter is the artist; `-` is a filler by an artist of its own."""

    withheld: str
    opening: str

    def evaluation(self):
        names = [f"{name}{i}" if name == "-" else name for i, name in enumerate(self.opening.split())]
        names += [f"-{i}" for i in range(len(names), 500)]
        withheld = self.withheld.split()
        ids = {name: i for i, name in enumerate(dict.fromkeys([*withheld, *names]))}
        artists = {a: i for i, a in enumerate(dict.fromkeys(n if n[0] == "-" else n[-1] for n in ids))}
        artist_of = [artists[name if name[0] == "-" else name[-1]] for name in ids]
        tracks = np.array([[ids[name] for name in names]], np.int32)
        return evaluate_lists(tracks, _challenge(artist_of, 1), Ragged.from_rows([[ids[name] for name in withheld]]))


@pytest.fixture(scope="session")
def check_lists():
    """The three lists; the second is the first without its first track, and one filler more."""
    tail = "x1A x2A x7A x3B t1A - - - - - - t3B"
    return (
        CheckList("t1A t2A t6A t3B t4C", f"t4C {tail}").evaluation(),
        CheckList("t1A t2A t6A t3B t4C", tail).evaluation(),
        CheckList("t1A t3B", "t1A - x1B").evaluation(),
    )


@pytest.fixture(scope="session")
def check_list():
    """`(withheld, opening)`, names as `CheckList` has them -> the list evaluation."""
    return lambda withheld, opening: CheckList(withheld, opening).evaluation()
