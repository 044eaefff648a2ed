"""Results of a search as text and as a table."""

import io
import json
from dataclasses import replace
from math import nan

import pytest
from rich.console import Console

from harness.metrics.catalogue import metric_named
from harness.report.tuning import _measured, show_tuned, tuned_as_json
from harness.search.results import Judged, Trial, Tuned, conclusion

TRIALS = (
    Trial(1, {"[b]": "x"}, "a-1", 0.2),
    Trial(2, {"[b]": 0.25}, "a-2", 0.3),
    Trial(3, {"[b]": "y"}, error="refused [b]"),
    Trial(4, {"[b]": 0.25}, "a-2", 0.3),
)


def tuned(low, high, *, higher=True, runs=("a-8", "a-9")):
    verdict = {"ndcg": Judged((0.3, (0.2, 0.4)), (0.25, (0.2, 0.3)), ((low + high) / 2, (low, high)))}
    traits = replace(metric_named("ndcg").traits, higher_is_better=higher)
    return Tuned("a", "small", "challenge validation", "challenge test", "ndcg", {"ndcg": traits}, TRIALS, TRIALS[1],
                 runs, 60, verdict)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (tuned(0.01, 0.09), "better than the defaults in NDCG"),
        (tuned(-0.09, -0.01), "worse than the defaults in NDCG"),
        (tuned(-0.09, -0.01, higher=False), "better than the defaults in NDCG"),
        (tuned(-0.01, 0.09), "not shown to differ from the defaults in NDCG"),
        (tuned(nan, nan), "not shown to differ from the defaults in NDCG"),
        (tuned(0, 0, runs=("a-9", "a-9")), "the best trial is the defaults: no setting was better in NDCG"),
    ],
)
def test_the_interval_of_the_difference_decides(found, line):
    assert conclusion(found) == line


def test_trials_with_an_equal_setting_are_named_in_the_json_text():
    assert json.loads(tuned_as_json(tuned(-0.01, 0.09)))["repeats"] == {"4": 2}


def test_a_run_stands_once_best_first_and_failures_stand_below():
    text = io.StringIO()
    show_tuned(tuned(-0.01, 0.09), Console(file=text, width=200))
    lines = [" ".join(line.split()) for line in text.getvalue().splitlines()]
    assert lines[1] == "rank trial NDCG [b] run"
    assert lines[3:6] == ["1 2 0.3000 0.25 a-2", "2 1 0.2000 x a-1", "trial 3 failed, [b]=y: refused [b]"]
    assert lines[6] == "trials that repeat the setting of an earlier one, which is run once: 4 (trial 2)"
    assert "difference +0.0400 (-0.0100 to +0.0900)" in lines
    assert "best 0.3000 (0.2000 to 0.4000) a-8" in lines
    assert _measured(metric_named("ndcg").traits, (0.1, (nan, nan)), signed=True) == "+0.1000"
