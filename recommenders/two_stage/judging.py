"""Evaluation of trees on inner playlists not used in their training, and of the best possible order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import harness
from recommenders._verdicts import Verdict, kinds, objective, verdicts
from recommenders.two_stage.trees import OBJECTIVES, Rows, scores_of, standard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lightgbm import Booster
    from numpy.typing import NDArray

    from harness import Challenge, Ragged, Ranked, Split
    from harness.kit import Candidates

    Mask = NDArray[np.bool_]

JUDGED = 1_500
"""Approximate number of judged inner playlists, whose candidates are all stored."""

TOP = 500
"""Length of the evaluated lists."""


class Inner(NamedTuple):
    """Inner playlists with their candidates.

    Attributes:
        rows: features of candidates.
        judged: numbers of the judged playlists, (n_judged,).
        challenge: the judged playlists.
        withheld: their withheld tracks.
        ranked: their candidates by the first stage, (n_judged, c).
        found: positions of the withheld tracks of all inner playlists, see `_found`, (n, 6).
    """

    rows: Rows
    judged: NDArray[np.int64]
    challenge: Challenge
    withheld: Ragged
    ranked: Ranked
    found: NDArray[np.float64]


def judged_every(n: int) -> int:
    """Step between judged pairs of n inner playlists; pairs have a playlist of each half."""
    return max(1, round(n / JUDGED))


def inner_of(fold: Split, candidates: Candidates, rows: Rows, judged: Mask) -> Inner:
    """Inner playlists of a fold, with the candidates of judged ones."""
    numbers = np.flatnonzero(judged)
    ranked = taken(candidates, numbers).ranked
    return Inner(
        *(rows, numbers, fold.challenge.take(numbers), fold.withheld.take(numbers), ranked),
        _found(candidates.ranked.tracks, fold),
    )


def joined(inner: Sequence[Inner]) -> Inner:
    """The playlists of several folds as one; each keeps its parity."""
    import polars as pl

    first = inner[0]
    if len(inner) == 1:
        return first
    starts = np.cumsum([0, *(len(each.found) + len(each.found) % 2 for each in inner)])[:-1]
    rows = Rows(
        np.concatenate([each.rows.features for each in inner]),
        np.concatenate([each.rows.hits for each in inner]),
        np.concatenate([each.rows.playlists + start for each, start in zip(inner, starts, strict=True)]),
        np.concatenate([each.rows.learnt for each in inner]),
        first.rows.names,
    )
    info = pl.concat([each.challenge.info for each in inner])
    return Inner(
        rows,
        np.concatenate([each.judged + start for each, start in zip(inner, starts, strict=True)]),
        harness.Challenge(info, _stacked([each.challenge.seeds for each in inner]), first.challenge.catalog),
        _stacked([each.withheld for each in inner]),
        harness.Ranked(
            np.concatenate([each.ranked.tracks for each in inner]),
            np.concatenate([each.ranked.scores for each in inner]),
        ),
        np.concatenate([each.found for each in inner]),
    )


def judge_halves(inner: Inner, trees: Sequence[Booster], blend_weight: float, threads: int) -> dict[str, Verdict]:
    """Verdicts on the order of trees and first stage, compared with the first stage alone.

    The playlists of each half are ordered by the trees trained on the other half.
    """
    gains = np.zeros(len(inner.judged))
    for half in (0, 1):
        at = np.flatnonzero(inner.judged % 2 == half)
        others = trees[(1 - half) * len(OBJECTIVES) : (2 - half) * len(OBJECTIVES)]
        tracks, scores = inner.ranked.tracks[at], inner.ranked.scores[at]
        held = tracks >= 0
        features = inner.rows.features[np.isin(inner.rows.playlists, inner.judged[at])]
        combined = standard(scores_of(others, features, held, threads), held)
        combined += np.float32(blend_weight) * standard(scores, held)
        order = np.argsort(np.where(held, -combined, np.inf), axis=1, kind="stable")[:, :TOP]
        truth = inner.challenge.take(at), inner.withheld.take(at)
        gains[at] = objective(np.take_along_axis(tracks, order, axis=1), *truth) - objective(tracks[:, :TOP], *truth)
    return verdicts(gains, kinds(inner.challenge))


def ceiling(found: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    """Positions of the withheld tracks of inner playlists, and metrics of the best possible order."""
    table = np.concatenate(found)
    n = max(table[:, 0].sum(), 1)
    shares = {"in the first 500": table[:, 1].sum() / n, "after them": (table[:, 2] - table[:, 1]).sum() / n}
    shares["not among the candidates"] = 1 - table[:, 2].sum() / n
    best = {metric.name: float(table[:, 3 + at].mean()) for at, metric in enumerate(harness.default_metrics())}
    return {
        "withheld tracks": {where: round(float(share), 4) for where, share in shares.items()},
        "best possible order": {name: round(value, 4) for name, value in best.items()},
    }


def taken(candidates: Candidates, rows: NDArray[np.int64] | slice) -> Candidates:
    """Some rows of candidates."""
    ranked = harness.Ranked(candidates.ranked.tracks[rows], candidates.ranked.scores[rows])
    return harness.kit.Candidates(ranked, candidates.parts[rows])


def _found(tracks: NDArray[np.int32], fold: Split) -> NDArray[np.float64]:
    """Withheld tracks: number, in the first 500, among the candidates; 3 metrics of the best order, (n, 6)."""
    hits = harness.kit.is_member(tracks, fold.withheld)
    order = np.argsort(~hits, axis=1, kind="stable")[:, :TOP]
    judged = harness.evaluate_lists(np.take_along_axis(tracks, order, axis=1), fold.challenge, fold.withheld)
    counts = [fold.withheld.lengths, hits[:, :TOP].sum(axis=1), hits.sum(axis=1)]
    return np.stack([*counts, *(metric.values(judged) for metric in harness.default_metrics())], axis=1).astype(float)


def _stacked(rows: Sequence[Ragged]) -> Ragged:
    return harness.Ragged.from_lengths(
        np.concatenate([each.lengths for each in rows]), np.concatenate([each.values for each in rows])
    )
