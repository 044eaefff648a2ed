"""`harness compare` and `harness export` through their `main`, and the export read by other tools."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import ir_measures
import pytest

from harness.report.entries import entries


@pytest.fixture
def two(command, corpus, tmp_path):
    """The folder of a run of popularity and one of title, scored by both R-precisions and NDCG."""
    folder = tmp_path / "runs"
    names = ("--recommender", "popularity", "--recommender", "title")
    metrics = ("--metrics", "r_precision_tracks,ndcg,clicks")
    code, _, err = command("run", *names, "--data", corpus.name, "--runs", folder, *metrics)
    assert code == 0, err
    return folder


def test_two_runs_are_compared_overall_by_category_and_playlist_by_playlist(command, two):
    code, out, err = command("compare", "popularity", "title", "--runs", two, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    scores = {entry.recommender: entry.metric_values for entry in entries(two)[0]}
    ndcg = [scores[name].values["ndcg"] for name in ("popularity", "title")]
    overall = next(each for each in found["differences"] if each["metric"] == "ndcg" and each["category"] is None)
    assert overall["difference"] == pytest.approx((ndcg[0] - ndcg[1]).mean())
    assert overall["interval"][0] < overall["difference"] < overall["interval"][1]
    counts = [int((ndcg[0] > ndcg[1]).sum()), int((ndcg[0] == ndcg[1]).sum()), int((ndcg[0] < ndcg[1]).sum())]
    assert [overall[each] for each in ("wins", "ties", "losses")] == counts
    assert {each["category"] for each in found["differences"]} == {None, *scores["title"].categories.tolist()}
    assert 0 < found["likeness"]["rank_biased"] < 1
    first = found["gained"][0]
    at = scores["title"].pids.tolist().index(first["pid"])
    assert first["values"] == [ndcg[0][at], ndcg[1][at]]
    assert first["values"][0] - first["values"][1] == max(ndcg[0] - ndcg[1])


def test_an_informative_metric_is_shown_without_wins_and_selects_no_playlists(command, corpus, tmp_path):
    folder = tmp_path / "runs"
    names = ("--recommender", "popularity", "--recommender", "title")
    code, _, err = command("run", *names, "--data", corpus.name, "--runs", folder, "--metrics", "ndcg,novelty@10")
    assert code == 0, err
    code, out, _ = command("compare", "popularity", "title", "--runs", folder, "--playlists", 0)
    assert code == 0
    heads = ["NDCG", "Novelty@10 (informative)"]
    assert [line.partition("  ")[0] for line in out.splitlines() if line.endswith("wins/ties/losses")] == heads
    outcomes = [line.split()[-1] for line in out.splitlines() if line.startswith("all playlists")]
    assert (outcomes[0].count("/"), outcomes[1]) == (2, "-")
    code, _, err = command("compare", "popularity", "title", "--runs", folder, "--by", "novelty@10")
    assert (code, err) == (1, "error: metric 'novelty@10' is informative only: name one that ranks runs\n")


def test_a_run_compared_with_itself_has_no_differences(command, two):
    _, out, _ = command("compare", "title", "title", "--runs", two, "--format", "json")
    found = json.loads(out)
    assert (found["likeness"]["rank_biased"], found["gained"], found["lost"]) == (pytest.approx(1), [], [])
    assert {each["p"] for each in found["differences"]} == {1}


def test_on_a_terminal_both_lists_are_side_by_side(command, two):
    code, out, _ = command("compare", "popularity", "title", "--runs", two, "--playlists", 1)
    assert code == 0
    head = ["A", "B", "A", "-", "B", "interval", "p", "effect", "wins/ties/losses"]
    heads = [line.split() for line in out.splitlines() if line.endswith("wins/ties/losses")]
    assert heads == [[*title, *head] for title in (["R-precision", "(tracks)"], ["NDCG"], ["clicks"])]
    sides = [line.split() for line in out.splitlines() if line.startswith("last seeds")]
    assert sides == [["last", "seeds", "A", "B"]] * 2
    assert out.count("A gains most: playlist ") == out.count("B gains most: playlist ") == 1


def test_equal_lists_of_two_recommenders_are_noted(command, two, corpus, tmp_path):
    (tmp_path / "same.py").write_text(
        "import recommenders.popularity as p\nimport harness\n\n\n"
        '@harness.recommender(\'same\')\nclass Same(p.Popularity):\n    """As popularity."""\n'
    )
    words = ("--data", corpus.name, "--runs", two, "--metrics", "r_precision_tracks,ndcg,clicks")
    assert command("run", "--recommender", f"{tmp_path / 'same.py'}:Same", *words)[0] == 0
    out = command("leaderboard", "--runs", two)[1]
    names = sorted(path.name for path in two.iterdir() if not path.name.startswith(("title", ".")))
    (line,) = (line for line in out.splitlines() if line.startswith("Equal lists: "))
    assert sorted(line.removeprefix("Equal lists: ").split(", ")) == names


def test_lists_are_left_out_if_the_corpus_is_missing(command, two, corpus):
    kept = corpus.folder.with_name("elsewhere")
    shutil.move(corpus.folder, kept)
    try:
        code, out, err = command("compare", "popularity", "title", "--runs", two, "--format", "json")
    finally:
        shutil.move(kept, corpus.folder)
    assert code == 0
    assert err.startswith("the lists are not compared: no corpus 'small'")
    assert json.loads(out)["likeness"] is None


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (
            ("titel-{key}", "popularity"),
            "no run 'titel-{key}' in {runs}, did you mean '{title}'?: `harness runs list --runs {runs}` lists all",
        ),
        (("", "title"), "several runs of {runs} begin with '': {popularity}, {title}; name one of them"),
        (
            ("title", "popularity", "--by", "hit@10"),
            (
                "hit@10 was not measured in both runs under the same definition; "
                "choose one of r_precision_tracks, ndcg, clicks"
            ),
        ),
    ],
)
def test_runs_that_cannot_be_compared_are_a_one_line_error(command, two, names, line):
    made = {path.name.partition("-")[0]: path.name for path in two.iterdir()}
    made["key"] = made["title"].partition("-")[2]
    code, out, err = command("compare", *(name.format(**made) for name in names), "--runs", two)
    assert (code, out, err) == (1, "", f"error: {line.format(runs=two, **made)}\n")


def test_runs_on_different_challenges_are_refused(command, two, corpus):
    command("run", "--recommender", "title", "--data", corpus.name, "--holdout", "test", "--runs", two)
    second = next(path.name for path in two.glob("title-*") if '"holdout": "test"' in (path / "run.json").read_text())
    code, _, err = command("compare", "popularity", second, "--runs", two)
    assert code == 1
    assert err.endswith("only runs on one challenge can be compared\n")


OF_RANX = """
import json, sys
from ranx import Qrels, Run, evaluate
answers = Qrels.from_file(sys.argv[1], kind="trec"), Run.from_file(sys.argv[2], kind="trec")
print(json.dumps(evaluate(*answers, ["ndcg@500", "r-precision"])))
"""


def test_other_tools_give_our_numbers_on_an_export(command, two, tmp_path):
    out = tmp_path / "popular"
    code, _, err = command("export", "popularity", "--format", "trec", "--output", out, "--runs", two)
    assert (code, err) == (0, f"{out}.run\n{out}.qrels\n")
    ours = next(entry.metric_values for entry in entries(two)[0] if entry.recommender == "popularity")
    qrels = list(ir_measures.read_trec_qrels(f"{out}.qrels"))
    run = list(ir_measures.read_trec_run(f"{out}.run"))
    theirs = ir_measures.calc_aggregate([ir_measures.nDCG @ 500, ir_measures.Rprec], qrels, run)
    assert theirs[ir_measures.nDCG @ 500] == pytest.approx(ours.overall("ndcg"), abs=1e-9)
    assert theirs[ir_measures.Rprec] == pytest.approx(ours.overall("r_precision_tracks"), abs=1e-9)
    command_of_ranx = [sys.executable, "-c", OF_RANX, f"{out}.qrels", f"{out}.run"]
    uncompiled = {**os.environ, "NUMBA_DISABLE_JIT": "1"}  # its kernels take longer to compile than to interpret
    done = subprocess.run(command_of_ranx, env=uncompiled, check=True, capture_output=True, text=True)
    of_ranx = json.loads(done.stdout)
    assert of_ranx["ndcg@500"] == pytest.approx(ours.overall("ndcg"), abs=1e-9)
    assert of_ranx["r-precision"] == pytest.approx(ours.overall("r_precision_tracks"), abs=1e-9)


def test_a_file_where_a_folder_is_meant_is_one_line(command, two, tmp_path):
    (tmp_path / "file").write_text("kept")
    code, out, err = command("export", "title", "--format", "trec", "--output", tmp_path / "file" / "x", "--runs", two)
    assert (code, out) == (1, "")
    assert (
        err
        == f"error: File exists ({tmp_path / 'file'}): nothing was changed; free some space or choose another path\n"
    )
    assert (tmp_path / "file").read_text() == "kept"
