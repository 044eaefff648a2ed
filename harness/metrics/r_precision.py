"""R-precision: share of the withheld tracks among the first |G| of the list, under each public definition.

Below, G is the set of withheld tracks, R is the whole list and T its first |G| tracks. The artist
is a track's primary artist; a track whose artist is unknown earns no credit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.metric import metric
from harness.ragged import NO_ID, pairs_of
from harness.rules import ARTIST_CREDIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Evaluation

    Values = NDArray[np.float64]


@metric("r_precision", title="R-precision", definition="final")
def r_precision(evaluation: Evaluation) -> Values:
    """R-precision with artist credit, as on the final leaderboard.

    ::

        (|T and G| + 0.25 * distinct artists of tracks in T but not G that have a track in G) / |G|

    An artist counts once, even where it also has an exact hit. Example (a letter is the artist): G = t1A t3B,
    R = t1A x1A ...; the miss x1A credits artist A: (1 + 0.25 * 1) / 2 = 0.625.

    Returns:
        Values in [0, 1]; (n,) float64.

    Source: the organisers' final evaluation.
    """
    return _with_artists(evaluation, evaluation.opening & ~evaluation.hits)


@metric("r_precision_tracks", title="R-precision (tracks)", definition="tracks", family="r_precision")
def r_precision_tracks(evaluation: Evaluation) -> Values:
    """R-precision on tracks alone: |T and G| / |G|.

    Example: |G| = 5 and one hit among the first 5 tracks: 1 / 5 = 0.2.

    Returns:
        Values in [0, 1]; (n,) float64.

    Source: the rules' text of 2018 and the start-kit.
    """
    return _hits_in_opening(evaluation) / evaluation.n_withheld


@metric("r_precision:paper", title="R-precision (paper)")
def r_precision_paper(evaluation: Evaluation) -> Values:
    """R-precision that credits the artists of exact hits too, so that it can exceed 1.

    ::

        (|T and G| + 0.25 * distinct artists of tracks in T that have a track in G) / |G|

    Example: G = t1A t3B, T = t1A -: (1 + 0.25 * 1) / 2 = 0.625.

    Returns:
        Values in [0, 1.25]; (n,) float64.

    Source: Zamani et al. 2019, arXiv:1810.01520, appendix.
    """
    return _with_artists(evaluation, evaluation.opening)


@metric("r_precision:all-500", title="R-precision (all-500)")
def r_precision_all(evaluation: Evaluation) -> Values:
    """R-precision with artist credit for the whole list, including exact hits.

    ::

        (|T and G| + 0.25 * distinct artists of tracks in R that have a track in G) / |G|

    Example: G = t1A t3B, R = t1A - x1B ...: (1 + 0.25 * 2) / 2 = 0.75.

    Returns:
        Values in [0, 1.25]; (n,) float64.
    """
    return _with_artists(evaluation, np.ones_like(evaluation.hits))


@metric("r_precision:demand", title="R-precision (demand)")
def r_precision_demand(evaluation: Evaluation) -> Values:
    """R-precision that credits an artist once per withheld track that is not matched.

    ::

        missing(a) = tracks of artist a in G but not T
        offered(a) = tracks of artist a in T but not G
        (|T and G| + 0.25 * sum over artists of min(missing, offered)) / |G|

    Example: G = t1A t2A t3A, T = t1A x1A x2A: missing(A) = 2, offered(A) = 2: (1 + 0.25 * 2) / 3 = 0.5.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    exact = evaluation.hits & evaluation.opening
    matched = pairs_of(np.nonzero(exact)[0], evaluation.tracks[exact])
    unmatched = ~np.isin(evaluation.withheld.pairs, matched)
    missing, n_missing = np.unique(_withheld_artists(evaluation, unmatched), return_counts=True)
    offered, n_offered = np.unique(
        _listed_artists(evaluation, evaluation.opening & ~evaluation.hits), return_counts=True
    )
    both, i, j = np.intersect1d(missing, offered, assume_unique=True, return_indices=True)
    credits_ = np.bincount(both >> 32, np.minimum(n_missing[i], n_offered[j]), minlength=len(evaluation))
    return (_hits_in_opening(evaluation) + ARTIST_CREDIT * credits_) / evaluation.n_withheld


def _hits_in_opening(evaluation: Evaluation) -> NDArray[np.int64]:
    n_hits: NDArray[np.int64] = np.count_nonzero(evaluation.hits & evaluation.opening, axis=1)
    return n_hits


def _with_artists(evaluation: Evaluation, places: NDArray[np.bool_]) -> Values:
    """Hits in the opening plus a credit for each artist of G at these places of the list, divided by |G|."""
    listed, _ = _counted(_listed_artists(evaluation, places))
    missing, _ = _counted(_withheld_artists(evaluation))
    artists = np.intersect1d(listed, missing, assume_unique=True)
    n_artists = np.bincount(artists >> 32, minlength=len(evaluation))
    return (_hits_in_opening(evaluation) + ARTIST_CREDIT * n_artists) / evaluation.n_withheld


def _counted(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct numbers, ascending, and the count of each.

    Without the counts NumPy would hash instead of sort, which is many times slower for these numbers.
    """
    return np.unique(numbers, return_counts=True)


def _listed_artists(evaluation: Evaluation, places: NDArray[np.bool_]) -> NDArray[np.int64]:
    held = places & (evaluation.tracks != NO_ID)
    artists = evaluation.artist_of[evaluation.tracks[held]]
    known = artists != NO_ID
    return pairs_of(np.nonzero(held)[0][known], artists[known])


def _withheld_artists(evaluation: Evaluation, chosen: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    artists = evaluation.artist_of[evaluation.withheld.values]
    known = artists != NO_ID if chosen is None else chosen & (artists != NO_ID)
    return pairs_of(evaluation.withheld.row_ids[known], artists[known])
