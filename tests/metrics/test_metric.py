"""The decorator refuses inconsistent declarations, and a metric's values are checked."""

import numpy as np
import pytest

from harness.errors import ContractError, DataError, RegistryError
from harness.metrics.metric import MetricTraits, metric, metric_of
from harness.metrics.needs import NEEDS


def declared(name, function, **traits):
    return metric_of(metric(name, **{"title": name, **traits})(function))


def ones(evaluation):
    return np.ones(len(evaluation))


def ones_at(evaluation, k):
    return np.full(len(evaluation), float(k))


@pytest.mark.parametrize(
    ("name", "family", "definition"),
    [("a", "a", "plain"), ("a:b", "a", "b"), ("a_b-c:d", "a_b-c", "d")],
)
def test_family_and_definition_follow_from_the_name(name, family, definition):
    made = declared(name, ones)
    assert (made.name, made.family, made.definition) == (name, family, definition)


def test_at_fills_in_k_everywhere():
    made = declared("a@k:b", ones_at, title="A@{k} (b)").at(5)
    assert (made.name, made.family, made.definition, made.title) == ("a@5:b", "a@5", "b", "A@5 (b)")
    assert made.compute([0, 0]).tolist() == [5, 5]


def test_a_word_is_filled_in_everywhere():
    made = declared("a:*", lambda evaluation, word: [len(word)] * len(evaluation), title="A {word}", definition="b")
    filled = made.of_word("rock")
    assert (filled.name, filled.family, filled.definition, filled.title) == ("a:rock", "a:rock", "b", "A rock")
    assert filled.word == "rock"
    assert filled.compute([0, 0]) == [4, 4]


def test_only_a_metric_of_a_group_may_leave_playlists_out(check_lists):
    def left_out(evaluation):
        return np.full(len(evaluation), np.nan)

    assert np.isnan(declared("a", left_out, aggregate="group").values(check_lists[0])).all()
    empty = type(check_lists[0])(np.full((1, 3), -1, np.int32), check_lists[0].withheld, check_lists[0].artist_of)
    assert np.isnan(declared("a", left_out, aggregate="group").values(empty)).all()
    with pytest.raises(ContractError, match="returned inf for row 0"):
        declared("a", lambda evaluation: np.full(len(evaluation), np.inf), aggregate="group").values(check_lists[0])


def test_the_function_stays_as_it_is():
    assert metric("a", title="A")(ones) is ones


@pytest.mark.parametrize(
    ("name", "function", "traits", "line"),
    [
        ("A", ones, {}, "metric 'A': write family, optional @k, optional :definition, in lower case"),
        ("a b", ones, {}, "metric 'a b': write family, optional @k, optional :definition, in lower case"),
        ("a@3", ones, {}, "metric 'a@3': write family, optional @k, optional :definition, in lower case"),
        ("a@k", ones_at, {}, "metric 'a@k': name and title 'a@k' must both have k, or neither"),
        ("a", ones, {"title": "A@{k}"}, "metric 'a': name and title 'A@{k}' must both have k, or neither"),
        ("a:*", ones, {}, "metric 'a:*': the name must end in :* if title 'a:*' has {word}, and only then"),
        (
            "a",
            ones,
            {"title": "{word}"},
            "metric 'a': the name must end in :* if title '{word}' has {word}, and only then",
        ),
        (
            *("a:*", ones, {"title": "{word}"}),
            "metric 'a:*': its function takes (evaluation), it must take (evaluation, word)",
        ),
        ("pid", ones, {}, "metric 'pid' has the name of a key column of the values: choose another name"),
        ("category", ones, {}, "metric 'category' has the name of a key column of the values: choose another name"),
        ("a", ones, {"digits": -1}, "metric 'a': digits=-1 is no number of decimals: write 0 or more"),
        ("a", ones, {"digits": 1.5}, "metric 'a': digits=1.5 is no number of decimals: write 0 or more"),
        ("a", ones, {"worst": float("nan")}, "metric 'a': worst=nan is no finite number: write one, or None"),
        ("a", ones, {"worst": "0"}, "metric 'a': worst='0' is no finite number: write one, or None"),
        ("a", ones_at, {}, "metric 'a': its function takes (evaluation, k), it must take (evaluation)"),
        (
            *("a@k", ones, {"title": "A@{k}", "needs": ("train",)}),
            "metric 'a@k': its function takes (evaluation), it must take (evaluation, k, *, train)",
        ),
        (
            *("a", ones, {"needs": ("weather",)}),
            f"metric 'a' needs 'weather', which the harness cannot give: {', '.join(NEEDS)}",
        ),
    ],
)
def test_what_does_not_agree_is_refused(name, function, traits, line):
    with pytest.raises(RegistryError) as caught:
        declared(name, function, **traits)
    assert str(caught.value) == line


def test_an_unknown_keyword_is_an_error():
    with pytest.raises(TypeError, match="higher_is_bettr"):
        metric("a", title="A", higher_is_bettr=False)


def test_a_playlist_without_an_answer_has_the_worst_value(check_lists):
    assert declared("a", ones, worst=-7).values(check_lists[0]).tolist() == [1]
    empty = type(check_lists[0])(np.full((1, 3), -1, np.int32), check_lists[0].withheld, check_lists[0].artist_of)
    assert declared("a", ones, worst=-7).values(empty).tolist() == [-7]
    assert declared("a", ones, worst=None).values(empty).tolist() == [1]


def test_data_that_it_needs_are_passed_by_name(check_lists):
    made = declared("a", lambda evaluation, *, train: np.full(len(evaluation), float(train)), needs=("train",))
    assert made.values(check_lists[0], {"train": 3, "audio": None}).tolist() == [3]
    with pytest.raises(DataError) as caught:
        made.values(check_lists[0])
    assert str(caught.value) == "metric 'a' needs train: the training playlists, `Playlists`"


def raising(evaluation):
    del evaluation
    return 1 / 0


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (raising, r"^metric 'a' failed: ZeroDivisionError: division by zero \(.*test_metric.py, line \d+\)$"),
        (lambda evaluation: np.zeros((len(evaluation), 2)), r"^metric 'a' returned shape \(1, 2\), not \(1,\)$"),
        (lambda evaluation: np.full(len(evaluation), np.nan), r"^metric 'a' returned nan for row 0: values must be"),
        (lambda evaluation: ["x"] * len(evaluation), r"^metric 'a' failed: ValueError: could not convert"),
    ],
)
def test_a_faulty_metric_is_named_in_one_line(function, line, check_lists):
    with pytest.raises(ContractError, match=line):
        declared("a", function).values(check_lists[0])


def test_traits_say_whether_runs_may_be_ranked():
    known = {"name": "a", "family": "a", "definition": "b", "title": "A"}
    assert MetricTraits(**known).ranks
    assert not MetricTraits(**known, informative=True).ranks
    assert not MetricTraits(**known, aggregate="sum").ranks
    assert not MetricTraits(**known, aggregate="group").ranks
    assert MetricTraits(**known, aggregate="group").is_mean
    assert not MetricTraits(**known, aggregate="sum").is_mean
    assert MetricTraits(**known, digits=1).shown(2.25) == "2.2"
