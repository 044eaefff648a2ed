import pytest

from harness.errors import ParameterError
from harness.score.metrics import DEFAULT_METRICS, METRICS, metric, metrics_named


def test_the_defaults_are_the_challenges_three():
    assert [(each.name, each.definition, each.higher_is_better, each.worst) for each in DEFAULT_METRICS] == [
        ("r_precision", "final", True, 0),
        ("ndcg", "start-kit", True, 0),
        ("clicks", "rules", False, 51),
    ]


def test_names_and_definitions_are_distinct():
    assert len({each.name for each in METRICS}) == len(METRICS)
    assert len({(each.family, each.definition) for each in METRICS}) == len(METRICS)


@pytest.mark.parametrize("each", METRICS, ids=lambda each: each.name)
def test_a_metric_is_found_by_its_name_and_by_its_definition(each):
    assert metric(each.name) is each
    assert metric(f"{each.family}:{each.definition}") is each


def test_several_are_named_in_order_and_each_once():
    chosen = metrics_named("ndcg:log2i, r_precision:tracks,r_precision_tracks,ndcg:start-kit")
    assert [each.name for each in chosen] == ["ndcg:log2i", "r_precision_tracks", "ndcg"]


def test_an_unknown_name_is_answered_with_a_suggestion_and_all_names():
    with pytest.raises(ParameterError) as caught:
        metrics_named("ndcg,r_precison:paper")
    assert str(caught.value) == (
        "no metric 'r_precison:paper', did you mean 'r_precision:paper'?; there are clicks, clicks:rules, "
        "diff, diff:plain, diff:scaled, "
        "distance, distance:plain, distance:scaled, match, match:plain, metric, metric2, metric2:plain, "
        "metric2:scaled, metric:plain, metric:scaled, ndcg, ndcg:log2i, ndcg:rules, ndcg:start-kit, numf, numf:plain, "
        "r_precision, r_precision:all-500, r_precision:demand, "
        "r_precision:final, r_precision:paper, r_precision:tracks, r_precision_tracks"
    )


@pytest.mark.parametrize("names", ["", "ndcg,", "NDCG", "ndcg:", "clicks:paper"])
def test_a_name_that_is_none_is_refused(names):
    with pytest.raises(ParameterError, match=r"^no metric "):
        metrics_named(names)
