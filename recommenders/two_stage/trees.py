"""Gradient-boosted trees that rank candidates: which rows they learn from, and how they are trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

import harness

if TYPE_CHECKING:
    from pathlib import Path

    from lightgbm import Booster
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Mask = NDArray[np.bool_]

ALWAYS = 100
"""The first candidates of each playlist are all learnt from."""

OTHERS = 0.3
"""Share of the other candidates that are learnt from, beside every hit."""


TREES, ROWS = "trees.txt", "rows.npz"


class Rows(NamedTuple):
    """What trees learn from.

    Attributes:
        features: of the candidates, playlist by playlist, (total, n_features) float32.
        hits: whether each was withheld, (total,).
        group_sizes: candidates of each playlist, (n,).
        names: of the features, (n_features,).
    """

    features: Floats
    hits: Mask
    group_sizes: NDArray[np.int64]
    names: NDArray[np.str_]

    def save(self, folder: Path) -> None:
        """Keep them."""
        np.savez(folder / ROWS, allow_pickle=False, **self._asdict())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read them back."""
        with np.load(folder / ROWS) as arrays:
            return cls(*(arrays[name] for name in cls._fields))


def rows_to_learn(held: Mask, hits: Mask, seed: int) -> Mask:
    """Which candidates are learnt from, (n, c): hits, the first ALWAYS, and OTHERS of the rest.

    A playlist without a hit teaches nothing and is left out.

    Args:
        held: where there is a candidate, best first, (n, c).
        hits: where it was withheld, (n, c).
        seed: of the draw.
    """
    drawn = harness.generator(seed, "candidates learnt from").random(held.shape, dtype=np.float32) < OTHERS
    drawn[:, :ALWAYS] = True
    return held & (drawn | hits) & hits.any(axis=1, keepdims=True)


def train(
    rows: Rows,
    *,
    rounds: int,
    leaves: int,
    learning_rate: float,
    min_rows: int,
    threads: int,
    seed: int,
) -> Booster:
    """Trees that put the hits of each playlist first.

    Args:
        rows: at least one.
        rounds: number of trees.
        leaves: of a tree, at most.
        learning_rate: how much each tree adds.
        min_rows: rows in a leaf, at least.
        threads: see `harness.n_threads`.
        seed: of the draws.

    Source: Bruch 2021, "An Alternative Cross Entropy Loss for Learning-to-Rank", as LightGBM has it.
    """
    import lightgbm

    params = {
        "objective": "rank_xendcg",
        "learning_rate": learning_rate,
        "num_leaves": leaves,
        "min_data_in_leaf": min_rows,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "num_threads": harness.n_threads(threads),
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(
        rows.features,
        rows.hits.astype(np.float32),
        group=rows.group_sizes,
        feature_name=rows.names.tolist(),
        params=params,
        free_raw_data=True,
    )
    with harness.step("trees", rounds) as bar:
        return lightgbm.train(params, data, num_boost_round=rounds, callbacks=[lambda _: bar.advance()])


def save_trees(trees: Booster | None, folder: Path) -> None:
    """Keep trees as LightGBM's text, if there are any."""
    if trees is not None:
        (folder / TREES).write_text(trees.model_to_string(), encoding="utf-8")


def load_trees(folder: Path) -> Booster | None:
    """Read them back."""
    import lightgbm

    path = folder / TREES
    return lightgbm.Booster(model_str=path.read_text(encoding="utf-8")) if path.exists() else None


def importance(trees: Booster) -> dict[str, float]:
    """Feature -> its share of the gain of all splits, largest first."""
    gains = trees.feature_importance("gain")
    total = max(float(gains.sum()), 1e-12)
    order = np.argsort(-gains, kind="stable")
    names = trees.feature_name()
    return {names[at]: round(float(gains[at]) / total, 4) for at in order.tolist()}


def standard(scores: Floats, held: Mask) -> Floats:
    """Scores with mean 0 and standard deviation 1 over a playlist's candidates, (n, c); 0 where there is none."""
    n = np.maximum(held.sum(axis=1, keepdims=True), 1)
    mean = np.where(held, scores, 0).sum(axis=1, keepdims=True) / n
    apart = np.where(held, scores - mean, 0)
    spread = np.sqrt((apart**2).sum(axis=1, keepdims=True) / n)
    scaled: Floats = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    return scaled
