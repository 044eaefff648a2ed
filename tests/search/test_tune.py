"""Search: each trial is a run, the best is scored on the test holdout, failures are named, nothing runs twice."""

import numpy as np
import pytest

from harness.errors import ParameterError
from harness.metrics.values import MetricValues
from harness.run import pipeline, runs
from harness.run.options import Options
from harness.search.tune import tune
from harness.task.split_options import SplitOptions

RECOMMENDER = '''
import numpy as np
import harness

@harness.recommender("mine")
class Mine:
    """The tracks of these places of the popularity list."""
    skip: int = 400
    """How many of the most popular are left out."""
    def __post_init__(self):
        if self.skip == 13:
            raise ValueError("skip=13: an unlucky number")
    def fit(self, train, challenge):
        if self.skip == 14:
            raise ZeroDivisionError("nothing left")
        self.order_ = np.argsort(-train.track_counts(), kind="stable").astype(np.int32)
    def recommend(self, challenge, k):
        lists = np.tile(self.order_[self.skip:self.skip + 400], (len(challenge), 1))
        return harness.kit.without_seeds(lists, -np.tile(np.arange(400, dtype=np.float32), (len(lists), 1)),
                                     challenge.seeds, k)
'''


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(RECOMMENDER)
    return f"{tmp_path / 'mine.py'}:Mine"


@pytest.fixture
def options(tmp_path):
    return Options(tmp_path / "runs")


def test_the_best_of_the_first_draw_is_judged_on_the_second(corpus, mine, options):
    tuned = tune(mine, ["skip=300,0,100"], corpus.name, options=options)
    assert [trial.params["skip"] for trial in tuned.ranked] == ["0", "100", "300"]
    assert tuned.best == tuned.trials[1]
    assert (tuned.chosen_on, tuned.judged_on) == ("challenge validation", "challenge test")
    folders = {record.run: record for record in map(runs.read_record, runs.run_folders(options.runs))}
    assert sorted(record.challenge.holdout for record in folders.values()) == ["test"] * 2 + ["validation"] * 3
    best, defaults = (folders[run] for run in tuned.runs)
    assert (best.params, defaults.params) == ({"skip": 0}, {"skip": 400})
    own, other = (MetricValues.load(options.runs / run / runs.VALUES).values["ndcg"] for run in tuned.runs)
    difference, (low, high) = tuned.verdict["ndcg"].difference
    assert difference == pytest.approx(np.mean(own - other))
    assert 0 < low < difference < high


def test_lower_is_better_where_the_metric_declares_it(corpus, mine, options):
    tuned = tune(mine, ["skip=0,300"], corpus.name, by="clicks", options=options)
    assert tuned.best.params == {"skip": "0"}
    assert tuned.ranked[0].value < tuned.ranked[1].value
    assert not tuned.higher_is_better


def test_failing_trials_are_named_and_the_others_go_on(corpus, mine, options):
    tuned = tune(mine, ["skip=13,14,x,0"], corpus.name, options=options)
    assert [trial.error for trial in tuned.trials] == [
        f"recommender {mine!r}: skip=13: an unlucky number",
        "recommender 'mine': ZeroDivisionError: nothing left (mine.py, line 15)",
        f"recommender {mine!r}: skip=x does not fit, int is needed (Expected `int`, got `str`)",
        "",
    ]
    assert tuned.best.number == 4


def test_a_search_in_which_every_trial_fails_states_the_reason(corpus, mine, options):
    with pytest.raises(ParameterError) as caught:
        tune(mine, ["skip=14"], corpus.name, options=options)
    assert str(caught.value) == (
        "every trial failed; the first, skip=14: recommender 'mine': ZeroDivisionError: nothing left (mine.py, line 15)"
    )


@pytest.mark.parametrize("more", [{}, {"search": "tpe", "n_trials": 3}])
def test_what_was_tried_answers_at_once(corpus, mine, options, monkeypatch, more):
    space = ["skip=0..300" if more else "skip=0,300"]
    first = tune(mine, space, corpus.name, options=options, **more)
    monkeypatch.setattr(pipeline, "make_lists", pytest.fail)
    assert tune(mine, space, corpus.name, options=options, **more) == first


def test_a_kind_of_split_has_its_metrics_beside_the_one_that_chooses(corpus, mine, options):
    split = SplitOptions(split="next-track")
    tuned = tune(mine, ["skip=0,300"], corpus.name, by="hit@100", split=split, options=options)
    assert list(tuned.verdict) == ["hit@100", "hit@10", "ndcg@10", "clicks"]
    assert tuned.judged_on == "next-track test"


def test_an_informative_metric_cannot_choose(corpus, mine, options):
    with pytest.raises(ParameterError, match="metric 'novelty@10' is informative"):
        tune(mine, ["skip=0,300"], corpus.name, by="novelty@10", options=options)
