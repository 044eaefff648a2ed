"""Confidence of a recommender on a corpus: fitted on the validation holdout, checked on the test holdout.

The lists of both holdouts are ordinary runs in the data folder, so that they are made once, interrupted work resumes,
and a changed recommender, corpus or split never uses old ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.home import data_home
from harness.identities import Holdout
from harness.metrics.evaluation import evaluate_lists
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.run.runs import lists_of
from harness.statistics.confidence import Confidence, Reliability, fit_confidence, reliability
from harness.task.split_options import SplitOptions
from harness.task.tasks import local_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from harness.data.store import StoredCorpus

    Outcomes = tuple[NDArray[np.bool_], NDArray[np.int64]]


def confidence_of(
    corpus: StoredCorpus,
    name: str,
    params: Mapping[str, Any],
    *,
    seed: int = 0,
    split: SplitOptions | None = None,
) -> Confidence:
    """Estimated probability of a hit at each rank, fitted on the validation holdout of a corpus.

    Args:
        corpus: the corpus.
        name: a registered recommender, or `path/to/file.py:Class`.
        params: hyper-parameters; the others keep their defaults.
        seed: value for a recommender that has a hyper-parameter `seed`.
        split: how the corpus is cut; its `holdout` is not used.

    Raises:
        HarnessError: the recommender or its parameters are at fault, or the corpus is too small to be cut.
    """
    options = replace(split or SplitOptions(), holdout=Holdout.validation)
    return fit_confidence(*_outcomes(corpus, name, params, seed, options))


def check_confidence(
    confidence: Confidence,
    corpus: StoredCorpus,
    name: str,
    params: Mapping[str, Any],
    *,
    seed: int = 0,
    split: SplitOptions | None = None,
) -> Reliability:
    """Reliability of estimates on the test holdout, which they were not fitted on; arguments as of `confidence_of`."""
    options = replace(split or SplitOptions(), holdout=Holdout.test)
    hits, n_seeds = _outcomes(corpus, name, params, seed, options)
    return reliability(confidence.of(n_seeds), hits)


def _outcomes(corpus: StoredCorpus, name: str, params: Mapping[str, Any], seed: int, options: SplitOptions) -> Outcomes:
    """Whether each recommended track is a hit, (n, 500), and the number of seeds of each playlist, (n,)."""
    task = local_task(corpus, options)
    assert task.judged
    challenge, withheld = task.judged
    folder = data_home() / "confidence"
    record = evaluate(task, name, params, Options(folder, seed))
    lists = lists_of(folder / record.run, record.lists_digest, challenge)
    return evaluate_lists(lists, challenge, withheld).hits, challenge.seeds.lengths
