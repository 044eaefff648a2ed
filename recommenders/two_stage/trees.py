"""Gradient-boosted trees that rank candidates: training rows, training, scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lightgbm import Booster, Dataset
    from numpy.typing import NDArray

    from harness.kit import Bar

    Floats = NDArray[np.float32]
    Mask = NDArray[np.bool_]

OTHERS = 0.2
"""Share of the misses used in training, the same at all ranks: with more misses from the top ranks, trees ranked the
last candidates too high (NDCG 0.266 instead of 0.313 on real playlists)."""

OBJECTIVES = ("lambdarank", "binary")
"""Objectives trained on each half of the inner playlists: a ranker and a classifier of hits."""

TRUNCATION = 20
"""Pairs of LambdaRank have a row among the first 20; with a sample of the misses these reach to about rank 100."""

MAX_BIN = 63
"""Maximum number of bins per feature: a quarter of LightGBM's default, in a third of the time."""

FILE, ROWS = "trees-{}.txt", "rows.npz"


class Rows(NamedTuple):
    """Rows of training and evaluation.

    Attributes:
        features: features of the candidates, by playlist, (total, n_features) float32.
        hits: whether each was withheld, (total,).
        playlists: the inner playlist of each, rising, (total,).
        learnt: whether each is used in training, (total,); judged playlists have all their candidates here.
        names: names of the features, (n_features,).
    """

    features: Floats
    hits: Mask
    playlists: NDArray[np.int64]
    learnt: Mask
    names: NDArray[np.str_]

    def save(self, folder: Path) -> None:
        """Save them."""
        np.savez(folder / ROWS, allow_pickle=False, **self._asdict())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load them."""
        with np.load(folder / ROWS) as arrays:
            return cls(*(arrays[name] for name in cls._fields))


class Settings(NamedTuple):
    """Settings of training.

    Attributes:
        rounds: number of trees.
        leaves: maximum number of leaves per tree.
        learning_rate: learning rate of boosting.
        min_rows: minimum number of rows per leaf.
        threads: see `harness.kit.n_threads`.
        seed: seed of sampling.
    """

    rounds: int
    leaves: int
    learning_rate: float
    min_rows: int
    threads: int
    seed: int


def rows_to_learn(held: Mask, hits: Mask, seed: int) -> Mask:
    """Whether each candidate is used in training, (n, c): hits, and a share OTHERS of the misses.

    A playlist without a hit is excluded.

    Args:
        held: where there is a candidate, best first, (n, c).
        hits: where it was withheld, (n, c).
        seed: seed of the sample.
    """
    drawn = harness.kit.generator(seed, "candidates learnt from").random(held.shape, dtype=np.float32) < OTHERS
    return held & (drawn | hits) & hits.any(axis=1, keepdims=True)


def train(rows: Rows, settings: Settings) -> list[Booster]:
    """Train one booster per objective on each half of the playlists, by parity.

    Boosters 0 and 1 are trained on even playlists, 2 and 3 on odd ones, so that each half is evaluated by the others.

    Source: Burges 2010, "From RankNet to LambdaRank to LambdaMART", as in LightGBM; ensembles of rankers and
    classifiers: Volkovs et al. 2018, Rubtsov et al. 2018.
    """
    boosters = []
    with harness.kit.step("trees", 2 * len(OBJECTIVES) * settings.rounds) as bar:
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
        "lambdarank_truncation_level": TRUNCATION,
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_rows,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "num_threads": harness.kit.n_threads(settings.threads),
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
        features: features of these candidates, by playlist, (total, n_features).
        held: where there is a candidate, (n, c).
        threads: see `harness.kit.n_threads`.
    """
    total = np.zeros(held.shape, np.float32)
    for booster in boosters:
        scores = np.zeros(held.shape, np.float32)
        scores[held] = booster.predict(features, raw_score=True, num_threads=harness.kit.n_threads(threads))
        total += standard(scores, held)
    return total


def save_trees(boosters: Sequence[Booster], folder: Path) -> None:
    """Save trees as LightGBM text."""
    for number, booster in enumerate(boosters):
        (folder / FILE.format(number)).write_text(booster.model_to_string(), encoding="utf-8")


def load_trees(folder: Path) -> list[Booster]:
    """Load them."""
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
