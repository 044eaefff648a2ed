"""`harness tune` through the command line."""

import csv
import io
import json

import pytest

TRIED = ("tune", "--recommender", "title", "--data", "small", "--param", "power=1,3", "--param", "neighbours=10,x")


@pytest.mark.usefixtures("corpus")
def test_trials_failures_and_the_verdict_are_shown(command, tmp_path):
    code, out, err = command(*TRIED, "--runs", tmp_path / "runs")
    assert (code, err) == (0, f"every trial is a run: `harness leaderboard --runs {tmp_path / 'runs'}` ranks them\n")
    lines = out.splitlines()
    assert lines[0] == "title on small, challenge validation: 4 trials by NDCG (start-kit)"
    assert lines[1].split() == ["rank", "trial", "NDCG", "power", "neighbours", "run"]
    refused = (
        "recommender 'title': neighbours=x does not fit, int, 0 to 2147483647 is needed (Expected `int`, got `str`)"
    )
    assert f"trial 2 failed, power=1 neighbours=x: {refused}" in lines
    assert [line.split()[0] for line in lines if line.startswith(("best", "defaults", "difference"))] == [
        "best",
        "defaults",
        "difference",
    ]
    assert any(line.startswith("evaluated once on challenge test, 60 playlists: best is power=") for line in lines)
    leaderboard = command("leaderboard", "--runs", tmp_path / "runs")[1]
    assert leaderboard.count("title-") == 4


@pytest.mark.usefixtures("corpus")
def test_json_and_csv_hold_every_trial(command, tmp_path):
    _, out, _ = command(*TRIED, "--runs", tmp_path, "--format", "json")
    tuned = json.loads(out)
    assert [trial["number"] for trial in tuned["trials"]] == [1, 2, 3, 4]
    assert tuned["verdict"]["ndcg"]["difference"][0] == pytest.approx(
        tuned["verdict"]["ndcg"]["best"][0] - tuned["verdict"]["ndcg"]["defaults"][0]
    )
    _, out, _ = command(*TRIED, "--runs", tmp_path, "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0] == ["trial", "ndcg", "power", "neighbours", "run", "error"]
    assert [float(row[1]) for row in rows[1:] if row[1]] == [
        trial["value"] for trial in tuned["trials"] if trial["run"]
    ]


@pytest.mark.usefixtures("corpus")
def test_trials_select_tpe_and_the_same_command_gives_the_same_result(command, tmp_path):
    arguments = ("tune", "--recommender", "title", "--data", "small", "--param", "power=log:0.5..8", "--trials", 3)
    first = command(*arguments, "--runs", tmp_path)
    assert "3 trials by NDCG" in first[1]
    assert command(*arguments, "--runs", tmp_path) == first


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--param", "powr=1"), "recommender 'title' has no hyper-parameter 'powr', did you mean 'power'?"),
        (("--param", "power=1..3"),
         "a grid cannot try every value of a range: list values as power=A,B,C, or add --trials N"),
        (("--param", "power=1,2", "--search", "tpe"),
         "--search tpe needs a number of trials: add --trials N"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line(command, arguments, line):
    assert command("tune", "--recommender", "title", *arguments) == (1, "", f"error: {line}\n")


def test_both_holdouts_are_used_so_none_can_be_selected(command):
    assert command("tune", "--recommender", "title", "--param", "power=1", "--holdout", "test")[0] == 2
