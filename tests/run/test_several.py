"""Several recommenders and seeds: one call, one outcome, no failure ends the others."""

import pytest

from harness.errors import ParameterError
from harness.run.options import Options
from harness.run.several import evaluate_all
from harness.task.tasks import open_task

FAULTY = """
import harness

@harness.recommender("faulty")
class Faulty:
    def fit(self, train, challenge):
        raise RuntimeError("no luck")
    def recommend(self, challenge, k): ...
"""


@pytest.fixture
def faulty(tmp_path):
    (tmp_path / "faulty.py").write_text(FAULTY)
    return f"{tmp_path / 'faulty.py'}:Faulty"


def test_a_failure_is_an_error_of_the_outcome_and_the_others_run(corpus, tmp_path, faulty):
    seen = []
    names = {faulty: {}, "nobody": {}, "popularity": {}}
    outcome = evaluate_all(open_task(corpus.name), names, options=Options(tmp_path / "runs"), after_run=seen.append)
    assert [record.recommender for record in outcome.records] == ["popularity"]
    assert seen == outcome.records
    assert ["no luck" in str(error) for error in outcome.errors] == [True, False]
    assert "no recommender 'nobody'" in str(outcome.errors[1])


def test_only_a_recommender_with_a_seed_runs_once_per_seed(corpus, tmp_path):
    params = {"word2vec": {"epochs": 1, "vector_size": 8}, "popularity": {}}
    outcome = evaluate_all(open_task(corpus.name), params, (0, 3), Options(tmp_path / "runs"))
    assert [(record.recommender, record.seed) for record in outcome.records] == [
        ("word2vec", 0),
        ("word2vec", 3),
        ("popularity", 0),
    ]


@pytest.mark.parametrize("recommenders", ["popularity", ["popularity"], [("popularity", {})], {"popularity": {}}])
def test_names_are_accepted_without_hyper_parameters(corpus, tmp_path, recommenders):
    outcome = evaluate_all(open_task(corpus.name), recommenders, options=Options(tmp_path / "runs"))
    assert [record.recommender for record in outcome.records] == ["popularity"]


class Mine:
    """Stands for a recommender."""


@pytest.mark.parametrize(
    ("recommenders", "named"),
    [([Mine], "Mine"), (Mine, "Mine"), ([("popularity",)], r"\('popularity',\)"), ([(Mine, {})], r"\(<class .+Mine.*")],
)
def test_something_else_than_names_and_pairs_is_refused(corpus, recommenders, named):
    line = f"^`recommenders` has {named}: write a name, or a pair of a name and its hyper-parameters$"
    with pytest.raises(ParameterError, match=line):
        evaluate_all(open_task(corpus.name), recommenders)
