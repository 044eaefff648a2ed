"""Metrics by name: entry points, `@k`, definitions, files; a faulty plug-in is one clear line."""

from importlib.metadata import EntryPoint

import pytest

from harness.errors import HarnessError, ParameterError, RegistryError
from harness.metrics import catalogue
from harness.metrics.catalogue import default_metrics, in_order, loaded_metrics, metric_named, metrics_named
from harness.metrics.theme import THEMES

LOADED = loaded_metrics()


def test_the_defaults_are_the_challenges_three():
    assert [(each.name, each.definition, each.higher_is_better, each.worst) for each in default_metrics()] == [
        ("r_precision", "final", True, 0),
        ("ndcg", "start-kit", True, 0),
        ("clicks", "rules", False, 51),
    ]


def test_family_and_definition_are_distinct():
    assert len({(each.family, each.definition) for each in LOADED.values()}) == len(LOADED)


@pytest.mark.parametrize("name", LOADED)
def test_every_built_in_metric_loads_and_is_documented_with_an_example(name):
    metric = LOADED[name]
    assert not isinstance(metric, HarnessError), metric
    assert "xample" in metric.description
    assert "Returns:" in metric.description


@pytest.mark.parametrize("name", LOADED)
def test_a_metric_is_found_by_its_name_and_by_its_definition(name):
    filled = name.replace("@k", "@7").replace("*", "road-trip")
    metric = metric_named(filled)
    assert metric.name == filled
    assert metric_named(f"{metric.family}:{metric.definition}") == metric
    assert "{" not in metric.title


def test_several_are_named_in_order_and_each_once():
    chosen = metrics_named("ndcg:log2i, r_precision:tracks,r_precision_tracks,ndcg:start-kit")
    assert [each.name for each in chosen] == ["ndcg:log2i", "r_precision_tracks", "ndcg"]


def test_an_unknown_name_is_answered_with_a_suggestion():
    with pytest.raises(ParameterError) as caught:
        metrics_named("ndcg,r_precison:paper")
    assert str(caught.value) == (
        "no metric 'r_precison:paper', did you mean 'r_precision:paper'?; "
        "`harness metrics` lists all, with k from 1 to 500"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("", "ndcg,", "NDCG", "ndcg:", "clicks:paper"),
        *("hit", "hit@", "hit@k", "hit@0", "hit@501", "hit@-1", "hit@010", "hit@1.5", "clicks@10", "ndcg@10:log2i"),
        *("theme", "theme:", "theme:Rock", "theme:a b", "theme:-", "theme:a:b", "theme@10:rock"),
        "hit@" + "9" * 5_000,
    ],
)
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ParameterError, match=r"^no metric "):
        metrics_named(name)


def test_a_plus_adds_to_the_defaults():
    assert [each.name for each in metrics_named("+clicks, hit@10")] == ["r_precision", "ndcg", "clicks", "hit@10"]
    assert [each.name for each in metrics_named("+hit@10", ("ndcg@10",))] == ["ndcg@10", "hit@10"]
    with pytest.raises(ParameterError, match="no metric ''"):
        metrics_named("+")


def test_all_words_of_a_metric_are_named_at_once():
    chosen = metrics_named("clicks,theme:all,theme:rock")
    assert [each.name for each in chosen] == ["clicks", "theme:any", *(f"theme:{word}" for word in THEMES)]


@pytest.mark.parametrize("name", ["theme:*", "theme_withheld:*", "theme:all"])
def test_a_metric_of_a_word_needs_one(name):
    with pytest.raises(ParameterError) as caught:
        metric_named(name)
    example = f"{name.partition(':')[0]}:summer"
    assert str(caught.value) == f"metric {name!r} is no single metric: name a word of titles, e.g. {example}"


def test_tables_show_metrics_in_one_order():
    names = ["ndcg@10", "gone:metric", "hit@100", "clicks", "hit@20", "ndcg:rules", "ndcg", "hit@20", "r_precision"]
    assert in_order(names) == (
        *("r_precision", "ndcg", "ndcg:rules", "clicks"),
        *("gone:metric", "hit@20", "hit@100", "ndcg@10"),
    )


FILE = """
import numpy as np
import harness

@harness.metric("opens@k", title="Opens@{k}", definition="first")
def opens(evaluation, k):
    return evaluation.hits[:, :k].all(axis=1).astype(np.float64)

@harness.metric("ndcg", title="mine")
def taken(evaluation):
    return np.zeros(len(evaluation))

plain = 3
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("metric") / "mine.py"
    path.write_text(FILE)
    return path


def test_a_metric_in_a_file_needs_no_distribution(file, check_lists):
    metric = metric_named(f"{file}:opens@1")
    assert (metric.name, metric.family, metric.title, metric.definition) == ("opens@1", "opens@1", "Opens@1", "first")
    assert [metric.values(each)[0] for each in check_lists] == [1, 0, 1]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("{file}:opens", "no metric '{file}:opens': write {file}:opens@10, k from 1 to 500"),
        ("{file}:opens@501", "no metric '{file}:opens@501': write {file}:opens@10, k from 1 to 500"),
        ("{file}:plain", "{file} has no metric 'plain'; it has opens, taken"),
        ("{file}:taken", "{file}: a distribution registers metric 'ndcg' already: choose another name"),
        ("{file}x.py:f", "no file {file}x.py: a metric in a file is named as path/to/file.py:NAME"),
    ],
)
def test_each_fault_of_a_metric_file_is_one_line(file, name, line):
    with pytest.raises(HarnessError) as caught:
        metric_named(name.format(file=file))
    assert str(caught.value) == line.format(file=file)


@pytest.fixture
def points(monkeypatch):
    """`(name=value, ...)` or pairs -> the registered entry points of a test."""

    def register(*pairs):
        made = [EntryPoint(name, value, "harness.metrics") for name, value in pairs]
        monkeypatch.setattr("harness.plugins.entry_points", lambda group: made if group == "harness.metrics" else [])
        for cached in (catalogue.registered_metrics, catalogue._of_distribution, catalogue._registered):
            cached.cache_clear()

    yield register
    monkeypatch.undo()
    for cached in (catalogue.registered_metrics, catalogue._of_distribution, catalogue._registered):
        cached.cache_clear()


def test_two_distributions_that_claim_one_name_are_refused_with_both_named(points):
    points(("ndcg", "one:ndcg"), ("ndcg", "other:ndcg"))
    with pytest.raises(RegistryError) as caught:
        metric_named("ndcg")
    assert str(caught.value) == (
        "metric 'ndcg' is claimed by an unnamed distribution (one:ndcg) and by an unnamed distribution (other:ndcg): "
        "uninstall one of them"
    )


def test_a_broken_plug_in_hurts_no_other_metric(points):
    points(("clicks", "harness.metrics.clicks:clicks"), ("broken", "no_such_module:f"))
    loaded = loaded_metrics()
    assert loaded["clicks"].name == "clicks"
    assert str(loaded["broken"]) == (
        "metric 'broken' of an unnamed distribution cannot be imported; fix or uninstall it: "
        "ModuleNotFoundError: No module named 'no_such_module'"
    )
    assert metric_named("clicks:rules") is loaded["clicks"]


def test_entry_point_and_decorator_must_agree(points):
    points(("click", "harness.metrics.clicks:clicks"), ("no", "math:sqrt"))
    with pytest.raises(RegistryError, match="declares metric 'clicks' but its entry point says 'click'"):
        metric_named("click")
    with pytest.raises(RegistryError, match="math:sqrt is not marked as a metric: put @harness"):
        metric_named("no")
