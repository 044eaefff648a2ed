"""Gradient-boosted trees that rank candidates: which rows they learn from, and how they are trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lightgbm import Booster, Dataset
    from numpy.typing import NDArray

    from harness import Bar

    Floats = NDArray[np.float32]
    Mask = NDArray[np.bool_]

OTHERS = 0.2
"""Share of the candidates that are no hits that are learnt from. The first ones are drawn no more often than the last:
trees that saw more of the first misses ranked the last candidates too high (NDCG .266 for .313 on real playlists)."""

OBJECTIVES = ("rank_xendcg", "binary")
"""What each half of the inner playlists is learnt for: the order of candidates, and whether one is a hit."""

MAX_BIN = 63
"""Values of a feature that trees tell apart: a quarter of LightGBM's default in a third of the time."""

FILE, ROWS = "trees-{}.txt", "rows.npz"


class Rows(NamedTuple):
    """What trees learn from, and what they are judged on.

    Attributes:
        features: of the candidates, playlist by playlist, (total, n_features) float32.
        hits: whether each was withheld, (total,).
        playlists: the inner playlist of each, rising, (total,).
        learnt: which of them are learnt from, (total,); of judged playlists all candidates are here.
        names: of the features, (n_features,).
    """

    features: Floats
    hits: Mask
    playlists: NDArray[np.int64]
    learnt: Mask
    names: NDArray[np.str_]

    def save(self, folder: Path) -> None:
        """Keep them."""
        np.savez(folder / ROWS, allow_pickle=False, **self._asdict())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read them back."""
        with np.load(folder / ROWS) as arrays:
            return cls(*(arrays[name] for name in cls._fields))


class Settings(NamedTuple):
    """How trees are trained.

    Attributes:
        rounds: number of trees.
        leaves: of a tree, at most.
        learning_rate: how much each tree adds.
        min_rows: rows in a leaf, at least.
        threads: see `harness.n_threads`.
        seed: of the draws.
    """

    rounds: int
    leaves: int
    learning_rate: float
    min_rows: int
    threads: int
    seed: int


def rows_to_learn(held: Mask, hits: Mask, seed: int) -> Mask:
    """Which candidates are learnt from, (n, c): hits and OTHERS of the rest.

    A playlist without a hit teaches nothing and is left out.

    Args:
        held: where there is a candidate, best first, (n, c).
        hits: where it was withheld, (n, c).
        seed: of the draw.
    """
    drawn = harness.generator(seed, "candidates learnt from").random(held.shape, dtype=np.float32) < OTHERS
    return held & (drawn | hits) & hits.any(axis=1, keepdims=True)


def train(rows: Rows, settings: Settings) -> list[Booster]:
    """A bag of trees: for each half of the playlists, by parity, one booster an objective.

    Boosters 0 and 1 have seen even playlists only, 2 and 3 odd ones, so that each half can be judged by the others.

    Source: Bruch 2021, "An Alternative Cross Entropy Loss for Learning-to-Rank", as LightGBM has it; bags of rankers
    and classifiers: Volkovs et al. 2018, Rubtsov et al. 2018.
    """
    boosters = []
    with harness.step("trees", 2 * len(OBJECTIVES) * settings.rounds) as bar:
        for half in (0, 1):
            chosen = rows.learnt & (rows.playlists % 2 == half)
            data = _dataset(rows, chosen)
            boosters += [_boosted(data, objective, settings, bar) for objective in OBJECTIVES]
    return boosters


def _dataset(rows: Rows, chosen: Mask) -> Dataset:
    import lightgbm

    _, group_sizes = np.unique(rows.playlists[chosen], return_counts=True)
    return lightgbm.Dataset(
        rows.features[chosen],
        rows.hits[chosen].astype(np.float32),
        group=group_sizes,
        feature_name=rows.names.tolist(),
        params={"max_bin": MAX_BIN, "verbosity": -1},
        free_raw_data=False,
    )


def _boosted(data: Dataset, objective: str, settings: Settings, bar: Bar) -> Booster:
    import lightgbm

    params = {
        "objective": objective,
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_rows,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "num_threads": harness.n_threads(settings.threads),
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "seed": settings.seed,
        "verbosity": -1,
    }
    return lightgbm.train(params, data, num_boost_round=settings.rounds, callbacks=[lambda _: bar.advance()])


def scores_of(boosters: Sequence[Booster], features: Floats, held: Mask, threads: int) -> Floats:
    """Sum over boosters of their scores, each with mean 0 and standard deviation 1 in a playlist, (n, c).

    Args:
        boosters: one or more.
        features: of the candidates that are held, playlist by playlist, (total, n_features).
        held: where there is a candidate, (n, c).
        threads: see `harness.n_threads`.
    """
    total = np.zeros(held.shape, np.float32)
    for booster in boosters:
        scores = np.zeros(held.shape, np.float32)
        scores[held] = booster.predict(features, raw_score=True, num_threads=harness.n_threads(threads))
        total += standard(scores, held)
    return total


def save_trees(boosters: Sequence[Booster], folder: Path) -> None:
    """Keep trees as LightGBM's text."""
    for number, booster in enumerate(boosters):
        (folder / FILE.format(number)).write_text(booster.model_to_string(), encoding="utf-8")


def load_trees(folder: Path) -> list[Booster]:
    """Read them back."""
    import lightgbm

    paths = [folder / FILE.format(number) for number in range(2 * len(OBJECTIVES))]
    return [lightgbm.Booster(model_str=path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def importance(boosters: Sequence[Booster]) -> dict[str, float]:
    """Feature -> its share of the gain of all splits, mean over boosters, largest first."""
    gains = np.mean([_shares(booster.feature_importance("gain")) for booster in boosters], axis=0)
    names = boosters[0].feature_name()
    return {names[at]: round(float(gains[at]), 4) for at in np.argsort(-gains, kind="stable").tolist()}


def _shares(gains: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = gains / max(float(gains.sum()), 1e-12)
    return shares


def standard(scores: Floats, held: Mask) -> Floats:
    """Scores with mean 0 and standard deviation 1 over a playlist's candidates, (n, c); 0 where there is none."""
    n = np.maximum(held.sum(axis=1, keepdims=True), 1)
    mean = np.where(held, scores, 0).sum(axis=1, keepdims=True) / n
    apart = np.where(held, scores - mean, 0)
    spread = np.sqrt((apart**2).sum(axis=1, keepdims=True) / n)
    scaled: Floats = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    return scaled
