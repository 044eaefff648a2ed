"""Worker process: fits a model of LensKit or RecTools in the interpreter that runs this file, and lists its tracks.

    PYTHON -I _worker.py lenskit|rectools

It imports NumPy, SciPy and the peer, nothing of this project. Requests and answers are JSON, one per line; matrices
are passed as .npz files. `fit` reads `train.npz`, `recommend` reads `seeds.npz` and writes `lists.npz`.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, load_npz, vstack


class LensKitModel:
    """A top-N pipeline around a scorer."""

    def __init__(self, config: dict[str, Any], seed: int) -> None:
        """Make the pipeline.

        Args:
            config: either `scorer`, the import path of the scorer, and `config`, its configuration; or `pipeline`,
                the text of a pipeline file, and `suffix`, the ending of its name.
            seed: seed of the training.
        """
        import pandas  # noqa: F401, ICN001 - imported before the time of the fit is taken
        from lenskit.pipeline import Pipeline, topn_pipeline

        self.seed = seed
        if "pipeline" in config:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / f"pipeline{config['suffix']}"
                file.write_text(config["pipeline"], encoding="utf-8")
                self.pipeline = Pipeline.load_config(file)
            return
        module, _, name = config["scorer"].rpartition(".")
        scorer = getattr(importlib.import_module(module), name)
        known = getattr(scorer.config_class(), "model_fields", {})
        feedback = {"feedback": "implicit"} if "feedback" in known else {}  # an entry has no rating
        self.pipeline = topn_pipeline(scorer, {**feedback, **config["config"]})

    def fit(self, train: csr_matrix) -> None:
        """Train the pipeline on entries without ratings; every track is an item."""
        import pandas as pd
        from lenskit.data import from_interactions_df
        from lenskit.training import TrainingOptions

        rows = np.repeat(np.arange(train.shape[0]), np.diff(train.indptr))
        entries = pd.DataFrame({"user_id": rows, "item_id": train.indices.astype(np.int64)})
        data = from_interactions_df(entries, items=np.arange(train.shape[1]), class_name="entry")
        self.items = data.items
        self.pipeline.train(data, TrainingOptions(rng=self.seed))

    def recommend(self, seeds: csr_matrix, width: int) -> tuple[Any, Any]:
        """Lists of playlists with seeds as the query's history."""
        from lenskit import recommend
        from lenskit.data import ItemList, RecQuery

        tracks, scores = _empty(seeds.shape[0], width)
        for row in range(seeds.shape[0]):
            history = ItemList(item_nums=seeds[row].indices, vocabulary=self.items)
            best = recommend(self.pipeline, RecQuery(history_items=history), n=width)
            tracks[row, : len(best)] = best.ids()
            scores[row, : len(best)] = best.scores()
        return tracks, scores


class RecToolsModel:
    """A model from its configuration; the playlists to continue are the users of a second dataset."""

    def __init__(self, config: dict[str, Any], seed: int) -> None:
        """Make the model: `cls` is its class, `config` the rest of the configuration."""
        from rectools.models import model_from_config

        config = {"cls": config["cls"], **config["config"]}
        if config["cls"] == "PureSVDModel":
            config = {"random_state": seed, **config}
        self.model = model_from_config(config)

    def fit(self, train: csr_matrix) -> None:
        """Fit the model; an entry has weight 1."""
        self.n_items = int(train.indices.max(initial=0)) + 1  # RecTools counts items up to the last that occurs
        self.model.fit(_dataset(train))

    def recommend(self, seeds: csr_matrix, width: int) -> tuple[Any, Any]:
        """Lists of playlists as users that have their seeds."""
        seeds = csr_matrix(seeds[:, : self.n_items])
        if hasattr(self.model, "user_factors"):  # PureSVD: u = x V / sigma, where item_factors = V sigma
            factors = self.model.item_factors
            squares = np.maximum((factors**2).sum(axis=0), np.finfo(factors.dtype).tiny)
            self.model.user_factors = np.ascontiguousarray(seeds @ factors / squares, factors.dtype)
        users = np.flatnonzero(np.diff(seeds.indptr))
        last = csr_matrix(([1.0], ([0], [self.n_items - 1])), shape=(1, self.n_items))
        data = _dataset(vstack([seeds, last], "csr"))  # nobody's list: with it the dataset has every item
        listed = self.model.recommend(users, data, k=width, filter_viewed=True, add_rank_col=True)
        tracks, scores = _empty(seeds.shape[0], width)
        places = (listed["user_id"].to_numpy(), listed["rank"].to_numpy() - 1)
        tracks[places], scores[places] = listed["item_id"].to_numpy(), listed["score"].to_numpy()
        return tracks, scores


def _dataset(matrix: csr_matrix) -> Any:
    """RecTools' dataset of a matrix: every row a user, every column an item, numbered as there."""
    import pandas as pd
    from rectools.dataset import Dataset, IdMap, Interactions

    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    frame = pd.DataFrame({"user_id": rows, "item_id": matrix.indices.astype(np.int64), "weight": 1.0})
    frame["datetime"] = pd.Timestamp(0)
    users, items = (IdMap(np.arange(size)) for size in matrix.shape)
    return Dataset(users, items, Interactions(frame))


def _empty(n: int, width: int) -> tuple[Any, Any]:
    return np.full((n, width), -1, np.int32), np.full((n, width), np.nan, np.float32)


def _answer(state: dict[str, Any], peer: str, request: dict[str, Any]) -> dict[str, Any]:
    folder = Path(request["folder"])
    if request["do"] == "fit":
        matrix = load_npz(folder / "train.npz")
        state["model"] = {"lenskit": LensKitModel, "rectools": RecToolsModel}[peer](request["config"], request["seed"])
        start = time.perf_counter(), time.process_time()
        state["model"].fit(matrix)
    else:
        matrix = load_npz(folder / "seeds.npz")
        start = time.perf_counter(), time.process_time()
        tracks, scores = state["model"].recommend(matrix, request["width"])
    seconds, cpu_seconds = time.perf_counter() - start[0], time.process_time() - start[1]
    if request["do"] == "recommend":
        np.savez(folder / "lists.npz", tracks=tracks, scores=scores)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    version = importlib.metadata.version(peer)
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": peak, "version": version}


def main() -> None:
    """Answer requests until the input ends."""
    peer = sys.argv[1]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the peer prints does not come between the answers
    state: dict[str, Any] = {}
    for line in sys.stdin:
        try:
            answer = _answer(state, peer, json.loads(line))
        except Exception as error:  # noqa: BLE001 - the caller reports it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
