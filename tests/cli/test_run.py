"""`harness run`, `split`, `list` and `leaderboard` through their `main`: exit codes, messages, complete outputs."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest

from harness.data.importing import import_corpus
from harness.task.contest import write_contest


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def leaderboard(command, corpus, runs):
    """What `harness run` of both recommenders printed as JSON."""
    both = ("--recommender", "popularity", "--recommender", "title")
    code, out, err = command("run", *both, "--data", corpus.name, "--runs", runs, "--format", "json")
    assert code == 0, err
    return json.loads(out)


def test_run_ends_with_the_leaderboard(leaderboard):
    assert [row["rank"] for row in leaderboard] == [1, 2]
    assert {row["recommender"] for row in leaderboard} == {"popularity", "title"}
    for row in leaderboard:
        assert row["data"] == "small"
        assert row["ndcg"]["definition"] == "start-kit"
        assert 0 < row["ndcg"]["mean"] < 1
        assert row["fit_seconds"] >= 0
        assert row["peak_memory_bytes"] >= 0


def test_leaderboard_shows_the_same_again(command, leaderboard, runs):
    code, out, _ = command("leaderboard", "--runs", runs, "--format", "json")
    assert code == 0
    assert json.loads(out) == leaderboard


def test_csv_begins_with_the_promised_columns(command, leaderboard, runs):
    _, out, _ = command("leaderboard", "--runs", runs, "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0][:8] == ["run", "recommender", "data", "split", "rank", "r_precision", "ndcg", "clicks"]
    assert [row[0] for row in rows[1:]] == [row["run"] for row in leaderboard]


def test_categories_have_lines_of_their_own(command, leaderboard, runs):
    _, out, _ = command("leaderboard", "--runs", runs, "--format", "csv", "--by-category")
    categories = [row[-1] for row in csv.reader(io.StringIO(out))][1:]
    assert len(categories) == len(leaderboard) * len(set(categories))
    assert {"all", "1"} <= set(categories)


def test_a_piped_table_is_whole(command, leaderboard, runs):
    _, out, _ = command("leaderboard", "--runs", runs)
    for row in leaderboard:
        assert row["run"] in out


def test_output_is_written_to_a_file(command, leaderboard, runs, tmp_path):
    target = tmp_path / "board.md"
    code, out, _ = command("leaderboard", "--runs", runs, "--format", "md", "--output", target)
    assert (code, out) == (0, "")
    assert all(row["run"] in target.read_text() for row in leaderboard)


def test_an_empty_folder_of_runs_is_noted(command, runs):
    code, _, err = command("leaderboard", "--runs", runs)
    assert code == 0
    assert err == f"no runs in {runs}: `harness run --recommender popularity` makes one\n"


def test_an_official_challenge_is_listed_as_not_scored(command, corpus, runs, tmp_path):
    write_contest(corpus.playlists(), tmp_path)
    import_corpus(tmp_path, "training")
    challenge = ("--challenge", tmp_path / "challenge_set.json")
    arguments = ("run", "--recommender", "popularity", "--data", "training", "--runs", runs, *challenge)
    code, out, err = command(*arguments, "--team", "Us", "--email", "us@example.org")
    assert code == 0, err
    assert "not scored" in out
    (submission,) = runs.glob("popularity-*/submission.csv.gz")
    code, out, _ = command("validate", submission)
    assert code == 0
    code, out, err = command("score", submission)
    assert code == 1
    assert err.startswith("error: ")
    code, out, _ = command("score", submission, *challenge, "--answers", tmp_path / "answers.json", "--format", "csv")
    assert code == 0
    assert float(next(csv.DictReader(io.StringIO(out)))["ndcg"]) > 0


def test_a_run_for_the_creative_track_keeps_it_until_another_is_named(command, corpus, runs):
    def first_line(*named):
        arguments = ("run", "--recommender", "popularity", "--data", corpus.name, "--runs", runs)
        code, _, err = command(*arguments, *named)
        assert code == 0, err
        (submission,) = runs.glob("popularity-*/submission.csv.gz")
        return gzip.decompress(submission.read_bytes()).decode().splitlines()[0]

    of_2018 = ("--submission-format", "2018")
    assert first_line(*of_2018, "--team", "Us", "--track", "creative").startswith("team_info,creative,Us,")
    assert first_line("--email", "us@example.org") == "team_info,creative,Us,us@example.org"
    assert first_line("--track", "main") == "team_info,main,Us,us@example.org"
    assert first_line("--track", "creative") == "team_info,creative,Us,us@example.org"
    assert first_line("--submission-format", "aicrowd") == "team_info,Us,us@example.org"
    assert first_line(*of_2018) == "team_info,creative,Us,us@example.org"
    refused = ("run", "--recommender", "title", "--data", corpus.name, "--runs", runs, "--track", "main")
    line = "error: format aicrowd has no track main: pass --submission-format 2018 as well, or omit the track\n"
    code, _, err = command(*refused)
    assert (code, err) == (1, line)


def test_split_describes_the_holdout(command, corpus):
    code, out, _ = command("split", "--data", corpus.name)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("split challenge of small, holdout validation: ")
    assert any(line.startswith("  training    ") for line in lines)
    assert command("split", "--data", corpus.name)[1] == out


def test_list_names_recommenders_and_describes_one(command):
    code, out, _ = command("list")
    assert code == 0
    assert {"popularity", "title"} <= {line.split()[0] for line in out.splitlines()}
    code, out, _ = command("list", "title")
    assert code == 0
    assert (
        "  neighbours: int, 0 to 2147483647 = 300\n      Number of similar titles; 0 for the exact title only.\n" in out
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--recommender", "populrity"),
            "error: no recommender 'populrity', did you mean 'popularity'?; `harness list` names all",
        ),
        (
            ("--recommender", "title", "--param", "neighbors=3"),
            "error: recommender 'title' has no hyper-parameter 'neighbors', did you mean 'neighbours'?",
        ),
        (
            ("--recommender", "title", "--param", "neighbours"),
            "error: --param 'neighbours': write [RECOMMENDER.]NAME=VALUE, e.g. als.factors=64",
        ),
        (
            ("--recommender", "title", "--recommender", "popularity", "--param", "neighbours=3"),
            "error: --param 'neighbours=3': with several recommenders, start with one of title., popularity.",
        ),
        (
            ("--recommender", "title", "--answers", "a.json"),
            "error: --answers needs a challenge file: pass --challenge FILE as well",
        ),
        (
            ("--recommender", "title", "--data", "smal"),
            (
                "error: no corpus 'smal', did you mean 'small'?; `harness data list` lists all, "
                "`harness data import SOURCE --name NAME` creates one"
            ),
        ),
        (
            ("--recommender", "title", "--data", "small", "--challenge", "nowhere.json"),
            "error: no challenge file nowhere.json; pass a challenge_set.json",
        ),
        (
            ("--recommender", "title", "--data", "small", "--challenge", "nowhere.json", "--holdout", "test"),
            (
                "error: --challenge FILE is judged instead of a holdout: omit --split, --holdout, --split-seed, "
                "--per-category and --keep-repeats"
            ),
        ),
        (
            ("--recommender", "title", "--seeds", "0,1", "--seed", "5"),
            "error: --seed and --seeds exclude each other: name all seeds in --seeds",
        ),
        (
            ("--recommender", "title", "--seeds", ""),
            "error: --seeds '': write integers separated by commas, e.g. 0,1,2",
        ),
        (
            ("--recommender", "title", "--split-param", "drop_last"),
            "error: --split-param 'drop_last': write NAME=VALUE, e.g. per_category=100",
        ),
        (
            ("--recommender", "title", "--per-category", "5", "--split-param", "per_category=6"),
            "error: --split-param 'per_category=6': per_category is given twice, name one value",
        ),
    ],
)
@pytest.mark.usefixtures("corpus")
def test_a_wrong_input_is_one_line_and_exit_code_1(command, runs, arguments, line):
    code, out, err = command("run", "--runs", runs, *arguments)
    assert (code, out) == (1, "")
    assert err == f"{line}\n"
    assert not runs.exists()


def test_a_recommender_that_fails_does_not_take_the_others_with_it(command, corpus, runs, tmp_path):
    (tmp_path / "bad.py").write_text(
        "import harness\n"
        "@harness.recommender('bad')\n"
        "class Bad:\n"
        "    def fit(self, train, challenge): self.n = challenge\n"
        "    def recommend(self, challenge, k): return None\n"
    )
    bad = ("--recommender", f"{tmp_path / 'bad.py'}:Bad")
    code, out, err = command("run", *bad, "--recommender", "popularity", "--data", corpus.name, "--runs", runs)
    assert code == 1
    assert "popularity-" in out
    assert err.splitlines()[-1] == "error: bad: recommend must return harness.Ranked, not NoneType"


def test_a_wrong_option_is_exit_code_2(command):
    assert command("run", "--no-such-option")[0] == 2


def test_the_leak_audit_is_one_line_a_run(command, corpus, runs):
    arguments = ("run", "--recommender", "popularity", "--data", corpus.name, "--runs", runs)
    for _ in range(2):
        _, _, err = command(*arguments)
        assert err.count("leak audit: no withheld entry was in the training set, no seed is in any list") == 1


def test_each_seed_is_a_run_and_the_spread_over_seeds_is_reported(command, corpus, runs):
    both = ("--recommender", "word2vec", "--recommender", "popularity", "--param", "word2vec.epochs=1")
    code, out, err = command("run", *both, "--seeds", "0,1,1", "--data", corpus.name, "--runs", runs)
    assert code == 0, err
    assert (len(list(runs.glob("word2vec-*"))), len(list(runs.glob("popularity-*")))) == (2, 1)
    assert " with 2 seeds: R-precision " in out
    assert " over playlists, standard deviation " in out


def test_invalid_seeds_are_a_one_line_error(command, corpus, runs):
    arguments = ("run", "--recommender", "popularity", "--data", corpus.name, "--runs", runs, "--seeds", "0,x")
    assert command(*arguments) == (
        1,
        "",
        "error: --seeds '0,x': write integers separated by commas, e.g. 0,1,2\n",
    )


def test_a_plus_adds_columns_and_the_defaults_still_rank(command, corpus, tmp_path):
    words = ("run", "--recommender", "popularity", "--data", corpus.name, "--runs", tmp_path, "--format", "json")
    code, out, _ = command(*words, "--metrics", "+theme:any,distinct_lists@10,distinct_tracks@10")
    assert code == 0
    (run,) = json.loads(out)
    assert (run["rank"], run["ndcg"]["definition"]) == (1, "start-kit")
    assert run["theme:any"]["interval"][0] < run["theme:any"]["mean"] < run["theme:any"]["interval"][1]
    assert run["distinct_lists@10"]["sum"] <= run["distinct_tracks@10"]["sum"]
    code, _, err = command(*words, "--metrics", "theme:xylophone")
    assert code == 1
    assert err.splitlines()[-1] == (
        "error: metric 'theme:xylophone' (log-odds): no playlist of the challenge has 'xylophone' in its title "
        "(0 training playlists do): take another word"
    )
