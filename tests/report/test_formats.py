import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from harness.report.formats import as_csv, as_json, as_latex, as_markdown
from harness.report.leaderboard import leaderboards
from harness.report.page import as_html
from harness.report.terminal import show


@pytest.fixture
def three(entry_of, means_of):
    """Two scored runs, one of them under more definitions, and a run that cannot be scored."""
    return leaderboards(
        [
            entry_of("als-1", {**means_of(0.2, 0.4, 2), "ndcg:log2i": 0.35}, params={"factors": 64}),
            entry_of("title-2", means_of(0.1, 0.3, 3)),
            entry_of("title-3", None, split=("challenge_set.json", "s9")),
        ]
    )


def test_json_is_a_list_of_objects_one_a_run(three):
    runs = {each["run"]: each for each in json.loads(as_json(three))}
    not_significant = {"significantly_best": False, "smallest_difference": None}  # four equal differences
    assert runs["als-1"] == {
        "run": "als-1",
        "recommender": "als",
        "params": {"factors": 64},
        "data": "demo",
        "data_fingerprint": "d0",
        "split": "challenge validation",
        "split_fingerprint": "s0",
        "rank": 1,
        "points": 3,
        "rank_interval": [1, 1],
        "probability_first": 1,
        "tie_group": 1,
        "equal_lists": [],
        "name": None,
        "tags": [],
        "note": None,
        "r_precision": {"mean": 0.2, "interval": [0.2, 0.2], "definition": "final", "higher_is_better": True}
        | not_significant,
        "ndcg": {"mean": 0.4, "interval": [0.4, 0.4], "definition": "start-kit", "higher_is_better": True}
        | not_significant,
        "clicks": {"mean": 2, "interval": [2, 2], "definition": "rules", "higher_is_better": False} | not_significant,
        "ndcg:log2i": {
            "mean": 0.35,
            "interval": [pytest.approx(0.35)] * 2,
            "definition": "log2i",
            "higher_is_better": True,
        },
        "fit_seconds": 1.25,
        "recommend_seconds": 2.5,
        "peak_memory_bytes": 3 * 1024**2,
    }
    assert "ndcg:log2i" not in runs["title-2"]
    assert [runs["title-3"][key] for key in ("rank", "points", "r_precision", "ndcg", "clicks")] == [None] * 5


def test_json_has_categories_with_by_category(three):
    first = json.loads(as_json(three, by_category=True))[0]
    assert first["clicks"]["intervals_by_category"] == {"1": [2, 2], "10": [2, 2]}
    assert first["clicks"]["by_category"] == {"1": first["clicks"]["mean"], "10": first["clicks"]["mean"]}


def test_csv_begins_with_the_columns_that_are_always_there(three):
    assert as_csv(three).startswith("run,recommender,data,split,rank,r_precision,ndcg,clicks,ndcg:log2i,")
    assert as_csv([]) == (
        "run,recommender,data,split,rank,r_precision,ndcg,clicks,r_precision_definition,ndcg_definition,"
        "clicks_definition,fit_seconds,recommend_seconds,peak_memory_bytes,rank_low,rank_high,probability_first,"
        "tie_group,r_precision_low,r_precision_high,ndcg_low,ndcg_high,clicks_low,clicks_high,equal_lists,name,tags,note\n"
    )


def test_csv_carries_each_definition_and_leaves_empty_what_was_not_measured(three):
    rows = {row["run"]: row for row in csv.DictReader(io.StringIO(as_csv(three)))}
    assert rows["als-1"]["ndcg:log2i"] == "0.35"
    assert rows["als-1"]["ndcg:log2i_definition"] == "log2i"
    assert rows["title-2"]["ndcg:log2i"] == rows["title-2"]["ndcg:log2i_definition"] == ""
    assert (rows["title-2"]["rank"], rows["title-2"]["r_precision_definition"]) == ("2", "final")
    assert [rows["title-3"][key] for key in ("rank", "ndcg", "ndcg_definition")] == ["", "", ""]


def test_csv_has_a_line_for_all_and_for_each_category_with_by_category(three):
    rows = list(csv.DictReader(io.StringIO(as_csv(three, by_category=True))))
    assert [row["category"] for row in rows if row["run"] == "title-2"] == ["all", "1", "10"]
    assert [row["category"] for row in rows if row["run"] == "title-3"] == ["all"]


def test_markdown_is_one_table_a_leaderboard_with_its_definitions(entry_of, means_of):
    assert as_markdown(leaderboards([entry_of("title-2", means_of(0.1, 0.3, 3))])) == (
        "### demo, challenge validation, 4 playlists\n"
        "\n"
        "| rank | tie | run | R-precision | NDCG | clicks | fit s | rec. s | MB |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        "| 1 | A | title-2 | 0.1000 (.1000-.1000) | 0.3000 (.3000-.3000) | 3.00 (3.00-3.00) | 1.2 | 2.5 | 3 |\n"
        "\n"
        "definitions: r_precision: final, ndcg: start-kit, clicks: rules  \n"
        "(…): 95 % confidence intervals\n"
    )


def test_markdown_names_the_ranking_metrics_if_more_were_measured(three):
    text = as_markdown(three)
    assert "| 2 | A | title-2 | 0.1000 (.1000-.1000) | 0.3000 (.3000-.3000) | 3.00 (3.00-3.00) | - | 1.2" in text
    assert "clicks: rules, ndcg: log2i; ranked by r_precision, ndcg, clicks  \n" in text
    assert "### demo, challenge_set.json: not scored\n" in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b", r"a\|b"),
        ("<script>", "&lt;script>"),
        ("a\\b", r"a\\b"),
        ("[x](y)", r"\[x\](y)"),
        ("`*~", r"\`\*\~"),
        ("&lt;", "&amp;lt;"),
        ("two\nlines", "two lines"),
    ],
)
def test_markdown_shows_names_as_they_are(name, shown, entry_of, means_of):
    text = as_markdown(leaderboards([entry_of(name, means_of(0.1, 0.3, 3), data=(name, "d0"))]))
    assert f"### {shown}, challenge validation, 4 playlists\n" in text
    assert f"| 1 | A | {shown} | 0.1000 (" in text


def test_parameters_are_shown_where_runs_of_one_recommender_differ(entry_of, means_of):
    runs = [entry_of(f"als-{f}", means_of(f, f, f), params={"factors": f, "alpha": 1}) for f in (1, 2)]
    text = as_markdown(leaderboards(runs))
    assert [" | als-1 | factors=1 | " in text, " | als-2 | factors=2 | " in text, "alpha" in text] == [
        True,
        True,
        False,
    ]


@pytest.fixture
def twins(entry_of, means_of):
    """Two runs with equal lists and a third with other ones; an unscored pair on another challenge, equal too."""
    means = (means_of(0.2, 0.4, 2), means_of(0.2, 0.4, 2), means_of(0.1, 0.3, 3))
    runs = [entry_of(f"als-{i}", each) for i, each in enumerate(means)]
    runs += [entry_of(f"title-{i}", None, split=("file.json", "s9")) for i in range(2)]
    prints = ("same", "same", "other", "same", "same")
    return leaderboards(replace(run, lists_digest=each) for run, each in zip(runs, prints, strict=True))


def as_terminal(boards):
    text = io.StringIO()
    show(boards, Console(file=text, width=200))
    return text.getvalue()


@pytest.mark.parametrize("form", [as_markdown, as_latex, as_terminal, as_html])
def test_equal_lists_are_noted_below_each_table(twins, form):
    text = form(twins)
    assert text.count("Equal lists: als-0, als-1") == 1
    assert text.count("Equal lists: title-0, title-1") == 1
    assert text.count("Equal lists") == 2


def test_json_and_csv_name_the_runs_with_equal_lists(twins):
    of_json = {row["run"]: row["equal_lists"] for row in json.loads(as_json(twins))}
    assert of_json == {
        "als-0": ["als-1"],
        "als-1": ["als-0"],
        "als-2": [],
        "title-0": ["title-1"],
        "title-1": ["title-0"],
    }
    for by_category in (False, True):
        rows = csv.DictReader(io.StringIO(as_csv(twins, by_category=by_category)))
        assert {row["run"]: row["equal_lists"].split() for row in rows} == of_json


def test_unknown_lists_are_not_equal(three, entry_of, means_of):
    unknown = leaderboards([entry_of(f"als-{i}", means_of(0.2, 0.4, 2)) for i in range(2)])
    assert "Equal lists" not in as_markdown([*three, *unknown])


def test_unmeasured_costs_are_dashes(entry_of, means_of):
    assert "(3.00-3.00) | - | - | - |" in as_markdown(leaderboards([entry_of("x", means_of(0.1, 0.3, 3), costs=False)]))


def test_latex_is_a_table_whose_texts_are_texts(entry_of, means_of):
    text = as_latex(leaderboards([entry_of("50%_a&b\\", means_of(0.1, 0.3, 3), data=("$x", "d0"))]))
    assert (
        r"1 & A & 50\%\_a\&b\textbackslash{} & 0.1000 (.1000-.1000) & 0.3000 (.3000-.3000) & 3.00 (3.00-3.00)" in text
    )
    assert r"\caption{\$x, challenge validation, 4 playlists. definitions: r\_precision: final" in text
    assert text.count(r"\begin{tabular}{rllrrrrrr}") == text.count(r"\end{table}") == 1


def test_only_significantly_best_means_are_starred(entry_of, scores_of):
    rng = np.random.default_rng(0)
    noise = rng.uniform(0, 0.1, 400)
    runs = [("good", noise + 0.2), ("alike", noise + rng.normal(0, 0.1, 400)), ("bad", noise)]
    found = leaderboards([entry_of(name, scores_of(r_precision=values)) for name, values in runs])
    lines = as_markdown(found, best=True).splitlines()
    assert [line.count("*") for line in lines if "| good |" in line or "| bad |" in line] == [1, 0]
    assert "*" not in "".join(as_markdown(found).splitlines()[2:])
