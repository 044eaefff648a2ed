"""R-precision: what share of the withheld tracks the list's opening holds, under each public definition.

Everywhere below, G are the withheld tracks, R is the whole list and T its first |G| tracks. The artist
is a track's primary artist; a track whose artist is unknown earns no credit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.rules import ARTIST_CREDIT
from harness.types import NO_ID, pairs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Judged

    Values = NDArray[np.float64]


def r_precision(judged: Judged) -> Values:
    """R-precision with artist credit, as on the final leaderboard.

    ::

        (|T and G| + 0.25 * distinct artists of tracks in T but not G that have a track in G) / |G|

    An artist counts once, even where it also has an exact hit.

    Returns:
        Values in [0, 1]; (n,) float64.

    Source: the organisers' final evaluation.
    """
    return _with_artists(judged, judged.opening & ~judged.hits)


def r_precision_tracks(judged: Judged) -> Values:
    """R-precision on tracks alone: |T and G| / |G|.

    Returns:
        Values in [0, 1]; (n,) float64.

    Source: the rules' text of 2018 and the start-kit.
    """
    return _hits_in_opening(judged) / judged.n_withheld


def r_precision_paper(judged: Judged) -> Values:
    """R-precision that credits the artists of exact hits too, so that it can exceed 1.

    ::

        (|T and G| + 0.25 * distinct artists of tracks in T that have a track in G) / |G|

    Returns:
        Values in [0, 1.25]; (n,) float64.

    Source: Zamani et al. 2019, arXiv:1810.01520, appendix.
    """
    return _with_artists(judged, judged.opening)


def r_precision_all(judged: Judged) -> Values:
    """R-precision that looks for artists in the whole list, exact hits included.

    ::

        (|T and G| + 0.25 * distinct artists of tracks in R that have a track in G) / |G|

    Returns:
        Values in [0, 1.25]; (n,) float64.
    """
    return _with_artists(judged, np.ones_like(judged.hits))


def r_precision_demand(judged: Judged) -> Values:
    """R-precision that credits an artist as often as it still has tracks to be found.

    ::

        wanted(a)  = tracks of artist a in G but not T
        offered(a) = tracks of artist a in T but not G
        (|T and G| + 0.25 * sum over artists of min(wanted, offered)) / |G|

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    found = judged.hits & judged.opening
    matched = pairs_of(np.nonzero(found)[0], judged.tracks[found])
    unmatched = ~np.isin(judged.withheld.pairs, matched)
    wanted, n_wanted = np.unique(_withheld_artists(judged, unmatched), return_counts=True)
    offered, n_offered = np.unique(_listed_artists(judged, judged.opening & ~judged.hits), return_counts=True)
    both, i, j = np.intersect1d(wanted, offered, assume_unique=True, return_indices=True)
    credits_ = np.bincount(both >> 32, np.minimum(n_wanted[i], n_offered[j]), minlength=len(judged))
    return (_hits_in_opening(judged) + ARTIST_CREDIT * credits_) / judged.n_withheld


def _hits_in_opening(judged: Judged) -> NDArray[np.int64]:
    n_hits: NDArray[np.int64] = np.count_nonzero(judged.hits & judged.opening, axis=1)
    return n_hits


def _with_artists(judged: Judged, places: NDArray[np.bool_]) -> Values:
    """Hits in the opening plus a credit for each artist of G at these places of the list, over |G|."""
    listed, _ = _counted(_listed_artists(judged, places))
    wanted, _ = _counted(_withheld_artists(judged))
    artists = np.intersect1d(listed, wanted, assume_unique=True)
    n_artists = np.bincount(artists >> 32, minlength=len(judged))
    return (_hits_in_opening(judged) + ARTIST_CREDIT * n_artists) / judged.n_withheld


def _counted(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct numbers, rising, and how often each occurs.

    Without the counts NumPy would hash instead of sort, many times slower for numbers like these.
    """
    return np.unique(numbers, return_counts=True)


def _listed_artists(judged: Judged, places: NDArray[np.bool_]) -> NDArray[np.int64]:
    held = places & (judged.tracks != NO_ID)
    artists = judged.artist_of[judged.tracks[held]]
    known = artists != NO_ID
    return pairs_of(np.nonzero(held)[0][known], artists[known])


def _withheld_artists(judged: Judged, chosen: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    artists = judged.artist_of[judged.withheld.values]
    known = artists != NO_ID if chosen is None else chosen & (artists != NO_ID)
    return pairs_of(judged.withheld.row_ids[known], artists[known])
