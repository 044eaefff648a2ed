"""Search space, and the order of proposed settings."""

import pytest

from harness.errors import ParameterError
from harness.search.space import Range, n_proposals, proposals, space_of


def drawn(space, search, n, worth=lambda params: float(len(params)), **options):
    """Every setting that a search proposes when each is worth what `worth` says."""
    return [params for batch in drawn_batches(space, search, n, worth, **options) for params in batch]


def drawn_batches(space, search, n, worth=lambda params: float(len(params)), **options):
    """Every batch of settings that a search proposes."""
    found, proposed = [], proposals(space, search, n, **{"seed": 0, "higher_is_better": True} | options)
    batch = next(proposed, None)
    while batch is not None:
        found.append(batch)
        try:
            batch = proposed.send([worth(params) for params in batch])
        except StopIteration:
            return found
    return found


def test_values_and_ranges_are_read_from_texts():
    space = space_of("title", ["neighbours=10,100,10", "power=log:0.5..4", "exact=0..1"])
    assert space == {"neighbours": ["10", "100"], "power": Range(0.5, 4, log=True), "exact": Range(0, 1)}


@pytest.mark.parametrize(
    ("recommender", "text", "whole"),
    [
        ("title", "exact=0..1", False),
        ("title", "power=log:1..4", False),
        ("title", "neighbours=10..100", True),
        ("title", "neighbours=1e1..1e2", True),
        ("word2vec", "ns_exponent=-1..1", False),
        ("word2vec", "window=1..10", True),  # int | None
        ("blend", "als.factors=10..20", True),
        ("blend", "als.regularization=1..2", False),
        ("implicit", "K=10..20", True),  # a parameter of the library, of unknown type
        ("implicit", "K=10.0..20.0", False),
    ],
)
def test_the_type_of_a_hyper_parameter_decides_whether_a_range_is_whole(recommender, text, whole):
    (found,) = space_of(recommender, [text]).values()
    assert found.whole == whole


def test_a_fraction_as_the_end_of_a_range_of_integers_is_refused():
    with pytest.raises(ParameterError, match=r"neighbours=0\.5 does not fit, int, 0 to 2147483647 is needed"):
        space_of("title", ["neighbours=0.5..4"])


def test_a_grid_is_every_combination_in_order():
    space = {"a": ["1", "2"], "b": ["x", "y", "z"]}
    assert n_proposals(space, "grid", None) == 2 * 3
    assert drawn(space, "grid", 6) == [{"a": a, "b": b} for a in "12" for b in "xyz"]


@pytest.mark.parametrize("search", ["random", "tpe"])
def test_a_longer_search_begins_with_the_shorter_one(search):
    space = {"a": Range(1, 9), "b": Range(0.001, 10.0, log=True), "c": ["x", "y"]}

    def worth(params):
        return None if params["a"] == 3 else params["b"]

    longer = drawn(space, search, 15, worth)
    assert drawn(space, search, 12, worth) == longer[:12]
    assert drawn(space, search, 12, worth, seed=1) != longer[:12]
    assert all(isinstance(each["a"], int) and 1 <= each["a"] <= 9 for each in longer)
    assert all(0.001 <= each["b"] <= 10 and float(f"{each['b']:.4g}") == each["b"] for each in longer)
    assert {each["c"] for each in longer} == {"x", "y"}


@pytest.mark.parametrize("higher", [True, False])
def test_tpe_looks_near_the_best_in_the_direction_of_the_metric(higher):
    late = drawn({"a": Range(0.0, 1.0)}, "tpe", 40, lambda each: each["a"], higher_is_better=higher)[25:]
    mean = sum(each["a"] for each in late) / len(late)
    assert mean > 0.8 if higher else mean < 0.2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("power=4..1", "`params` power=4..1: a range is ascending, e.g. 0.1..10, and a logarithmic one begins above 0"),
        (
            "power=log:0..1",
            "`params` power=log:0..1: a range is ascending, e.g. 0.1..10, and a logarithmic one begins above 0",
        ),
        ("power", "`params` 'power': write NAME=VALUE,VALUE,…, each name once, e.g. clusters=2,10,50"),
        ("powr=1,2", "recommender 'title' has no hyper-parameter 'powr', did you mean 'power'?"),
    ],
)
def test_what_cannot_be_tried_at_all_is_refused_before_anything_runs(text, line):
    with pytest.raises(ParameterError) as caught:
        space_of("title", [text])
    assert str(caught.value) == line


def test_a_value_that_does_not_fit_is_left_to_its_trial():
    assert space_of("title", ["power=1,x"]) == {"power": ["1", "x"]}


@pytest.mark.parametrize(
    ("search", "n", "line"),
    [
        ("random", None, "`search` random needs a number of trials: add `n_trials`"),
        ("grid", 3, "a grid tries every combination: omit `n_trials`, or use `search` random or tpe"),
        ("grid", None, "a grid cannot try every value of a range: list values as a=A,B,C, or add `n_trials`"),
    ],
)
def test_searches_and_numbers_of_trials_go_together(search, n, line):
    with pytest.raises(ParameterError) as caught:
        n_proposals({"a": Range(0, 1)}, search, n)
    assert str(caught.value) == line


@pytest.mark.parametrize("search", ["grid", "random", "tpe"])
def test_settings_come_in_batches_and_the_last_batch_may_be_short(search):
    space = {"a": ["1", "2", "3"], "b": ["x", "y"]} if search == "grid" else {"a": Range(0.0, 1.0)}
    batches = drawn_batches(space, search, 6, at_once=4)
    assert [len(batch) for batch in batches] == [4, 2]
    again = drawn_batches(space, search, 6, at_once=4)
    assert batches == again
