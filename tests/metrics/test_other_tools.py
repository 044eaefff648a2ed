"""Metrics of the first k tracks agree with ir_measures, list by list."""

import ir_measures
import numpy as np
import pytest

from harness.metrics.catalogue import metric_named
from harness.metrics.evaluation import Evaluation
from harness.ragged import Ragged

PEERS = {
    "recall@10": ir_measures.R @ 10,
    "precision@10": ir_measures.P @ 10,
    "mrr@10": ir_measures.RR @ 10,
    "map@10": ir_measures.AP @ 10,
    "map@25": ir_measures.AP @ 25,
    "hit@10": ir_measures.Success @ 10,
    "ndcg@10": ir_measures.nDCG @ 10,
}


@pytest.fixture(scope="module")
def lists():
    rng = np.random.default_rng(3)
    tracks = np.array([rng.permutation(40)[:25] for _ in range(50)], np.int32)
    withheld = [rng.choice(40, rng.integers(1, 30), replace=False) for _ in range(50)]
    return tracks, withheld


@pytest.mark.parametrize("name", PEERS)
def test_ir_measures_gives_the_same_values(name, lists):
    tracks, withheld = lists
    qrels = [ir_measures.Qrel(str(row), str(track), 1) for row, each in enumerate(withheld) for track in each]
    run = [
        ir_measures.ScoredDoc(str(row), str(track), float(-rank))
        for row, each in enumerate(tracks)
        for rank, track in enumerate(each)
    ]
    theirs = {int(each.query_id): each.value for each in ir_measures.iter_calc([PEERS[name]], qrels, run)}
    evaluation = Evaluation(tracks, Ragged.from_rows(withheld), np.full(40, -1, np.int32))
    ours = metric_named(name).values(evaluation)
    assert ours.tolist() == pytest.approx([theirs[row] for row in range(len(tracks))], abs=1e-12)
