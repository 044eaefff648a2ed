"""`harness validate` and `harness score` through their `main`: exit codes, exact messages, complete outputs."""

from __future__ import annotations

import gzip
import json
import shutil

import pytest

from harness.data.importing import import_corpus
from harness.synthetic import Model, generate
from harness.task.contest import write_contest

OF_SMALL = ("--data", "small", "--holdout", "test", "--per-category", 1)
"""The challenge that the run of these tests answers: ten playlists."""

ANOTHER = ("--data", "small", "--per-category", 1)
"""One of ten other playlists."""


@pytest.fixture
def made(command, corpus, tmp_path):  # noqa: ARG001 - the corpus is the one that the options name
    """The file of a run on the second draw, and the run's row of the leaderboard."""
    runs = tmp_path / "runs"
    of_run = ("--recommender", "popularity", *OF_SMALL, "--runs", runs)
    code, out, err = command("run", *of_run, "--team", "we", "--email", "we@example.org", "--format", "json")
    assert code == 0, err
    (row,) = json.loads(out)
    return runs / row["run"] / "submission.csv.gz", row


@pytest.fixture
def alone(made, tmp_path):
    """The same file where no `run.json` lies beside it."""
    return shutil.copy(made[0], tmp_path / "theirs.csv.gz")


@pytest.fixture
def contest(command, tmp_path):
    """A contest's folder, its training corpus stored as `mine`, and a submission to it that no run lies beside."""
    folder = tmp_path / "contest"
    write_contest(generate(600, seed=5, model=Model.small()), folder)
    import_corpus(folder, "mine")
    runs = tmp_path / "contest runs"
    challenge = folder / "challenge_set.json"
    code, _, err = command(
        "run", "--recommender", "popularity", "--data", "mine", "--challenge", challenge, "--runs", runs
    )
    assert code == 0, err
    (run,) = runs.iterdir()
    return folder, run / "submission.csv.gz"


def test_the_run_json_next_to_a_file_identifies_its_challenge(command, made):
    path, _ = made
    code, out, err = command("validate", path)
    assert (code, err) == (0, "")
    assert out == f"{path}: valid (check against challenge test of small): 10 playlists, 0 errors, 0 warnings\n"


def test_a_corpus_and_a_holdout_identify_the_challenge(command, alone):
    code, out, _ = command("validate", alone, *OF_SMALL)
    assert code == 0
    assert out == f"{alone}: valid (check against challenge test of small): 10 playlists, 0 errors, 0 warnings\n"
    code, out, _ = command("validate", alone, *ANOTHER)
    assert code == 1
    assert "10 unknown-pid" in out


def test_without_a_challenge_only_the_format_is_checked(command, alone):
    code, out, _ = command("validate", alone)
    assert code == 0
    assert out == (
        f"{alone}: valid (check of its form only, no challenge was named): 10 playlists, 0 errors, 0 warnings\n"
    )


def test_a_hundred_faults_are_shown_without_all(command, alone, tmp_path):
    path = tmp_path / "bare.csv"
    lines = gzip.decompress(alone.read_bytes()).decode().splitlines(keepends=True)
    path.write_text("".join(line.replace(",spotify:track:", ",", 40) for line in lines))
    code, out, _ = command("validate", path)
    every = command("validate", path, "--all")[1].splitlines()
    assert code == 1
    assert out.splitlines() == [*every[:100], "... and 300 more faults", *every[400:]]
    assert len(every) == 10 * 40 + 2


def test_json_holds_every_fault(command, alone):
    code, out, _ = command("validate", alone, *ANOTHER, "--json")
    report = json.loads(out)
    assert code == 1
    assert report["totals"] == {"missing-pid": 10, "unknown-pid": 10}
    assert report["valid"] is False
    assert report["against"] == "challenge validation of small"
    assert len(report["faults"]) == report["n_errors"] == 10 + 10
    assert set(report["faults"][0]) == {
        *("code", "severity", "line", "pid", "position", "track", "n_tracks", "text", "remedy", "fixable")
    }


def test_score_prints_the_numbers_of_the_run(command, made, alone):
    path, row = made
    for arguments, name in (((path,), row["run"]), ((alone, *OF_SMALL), "theirs.csv.gz")):
        code, out, err = command("score", *arguments, "--format", "json")
        assert (code, err) == (0, "")
        (scored,) = json.loads(out)
        assert scored["run"] == name
        for metric in ("r_precision", "ndcg", "clicks"):
            assert scored[metric] == row[metric]
        assert (scored["data"], scored["split"], scored["fit_seconds"]) == ("small", row["split"], None)


def test_score_takes_metrics_categories_and_a_file(command, made, tmp_path):
    output = tmp_path / "board.csv"
    arguments = ("--metrics", "r_precision:paper,ndcg", "--by-category", "--format", "csv", "--output", output)
    code, out, _ = command("score", made[0], *arguments)
    assert (code, out) == (0, "")
    assert "r_precision:paper" in output.read_text()
    assert len(output.read_text().splitlines()) > 2


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            (),
            "{needs}",
        ),
        (("--holdout", "test"), "{draw}"),
        (("--split-seed", 1), "{draw}"),
        (("--answers", "answers.json"), "--answers FILE needs a challenge file: pass --challenge FILE as well"),
        (
            ("--data", "small", "--metrics", "recall"),
            "{metrics}",
        ),
    ],
)
def test_score_names_missing_options(command, alone, arguments, line):
    code, out, err = command("score", alone, *arguments)
    needs = (
        f"Cannot tell which challenge {alone} belongs to; pass --data NAME (and --holdout), or "
        "--challenge FILE with --answers FILE"
    )
    metrics = "no metric 'recall', did you mean 'recall@k'?; `harness metrics` lists all, with k from 1 to 500"
    options = "--split, --holdout, --split-seed, --per-category and --keep-repeats"
    draw = f"{options} select a holdout of a corpus: pass --data NAME as well"
    assert (code, out, err) == (1, "", f"error: {line.format(needs=needs, draw=draw, metrics=metrics)}\n")


def test_a_challenge_file_needs_answers_to_be_scored_by(command, contest):
    folder, path = contest
    challenge = folder / "challenge_set.json"
    line = f"error: the withheld tracks of {challenge.name} are unknown: pass --answers FILE\n"
    assert command("score", path) == (1, "", line)
    assert command("score", path, "--challenge", challenge) == (1, "", line)


def test_answers_complete_the_challenge_that_a_run_names(command, contest):
    folder, path = contest
    answers, challenge = folder / "answers.json", folder / "challenge_set.json"
    by_run = command("score", path, "--answers", answers, "--format", "json")
    by_name = command(
        "score", path, "--answers", answers, "--challenge", challenge, "--data", "mine", "--format", "json"
    )
    assert by_run == by_name
    assert by_run[0] == 0
    assert 0 < json.loads(by_run[1])[0]["r_precision"]["mean"] < 1


def test_without_a_corpus_metrics_that_need_artists_are_not_measured(command, contest, tmp_path):
    folder, path = contest
    alone = shutil.copy(path, tmp_path / "theirs.csv.gz")
    of_contest = ("--challenge", folder / "challenge_set.json", "--answers", folder / "answers.json")
    code, out, err = command("score", alone, *of_contest, "--format", "json")
    assert (code, err) == (
        0,
        (
            "without a corpus the artists of tracks are unknown, so the metrics are "
            "r_precision_tracks,ndcg,clicks; pass --data NAME\n"
        ),
    )
    (with_corpus,) = json.loads(
        command("score", path, *of_contest, "--metrics", "r_precision_tracks,ndcg,clicks", "--format", "json")[1]
    )
    (without,) = json.loads(out)
    assert without["ndcg"] == with_corpus["ndcg"]
    assert command("score", alone, *of_contest, "--metrics", "r_precision") == (
        1,
        "",
        "error: r_precision (final) needs the artists of tracks from a corpus: pass --data NAME\n",
    )


def test_a_challenge_file_alone_checks_pids_and_seeds(command, contest, tmp_path):
    folder, path = contest
    alone = shutil.copy(path, tmp_path / "theirs.csv.gz")
    code, out, _ = command("validate", alone, "--challenge", folder / "challenge_set.json")
    assert code == 0
    assert out.splitlines()[-1] == (
        f"{alone}: valid (check against challenge_set.json, tracks not checked against a corpus): "
        "60 playlists, 0 errors, 1 warning"
    )
    assert command("validate", alone, "--strict-corpus") == (
        1,
        "",
        "error: --strict-corpus needs a corpus: pass --data NAME as well\n",
    )


def test_unknown_tracks_are_counted_and_strictly_refused(command, alone, tmp_path):
    path, stranger = tmp_path / "part.csv", "spotify:track:" + "0" * 22
    lines = gzip.decompress(alone.read_bytes()).decode().splitlines(keepends=True)
    pid, _, rest = lines[4].split(",", 2)
    path.write_text("".join([*lines[:4], f"{pid},{stranger},{rest}", *lines[5:]]))
    code, out, _ = command("validate", path, *OF_SMALL)
    assert (code, out.splitlines()[-2]) == (0, "        1 unknown-tracks")
    code, out, _ = command("validate", path, *OF_SMALL, "--strict-corpus")
    named = f"line 5, playlist {pid}, track 1 ({stranger}): the corpus lacks this track"
    remedy = "import a corpus that has it, or check without --strict-corpus"
    assert (code, out.splitlines()[0]) == (1, f"error: {named}; {remedy} [unknown-track]")
    code, _, err = command("score", path, *OF_SMALL)
    assert (code, err) == (0, "1 entries name 1 tracks that are missing from small: they count as misses\n")


def test_a_missing_file_is_an_error_before_anything_is_written(command, tmp_path):
    missing = tmp_path / "nowhere.csv"
    line = f"error: no submission {missing}: name a file, plain text or gzip\n"
    for name in ("validate", "score"):
        assert command(name, missing, "--data", "synthetic") == (1, "", line)


def test_fix_writes_a_repaired_copy_to_a_new_file(command, made, tmp_path):
    spoilt, fixed = tmp_path / "spoilt.csv", tmp_path / "fixed.csv.gz"
    whole = gzip.decompress(made[0].read_bytes())
    spoilt.write_bytes(whole.replace(b"\n", b"\r\n"))
    code, out, err = command("validate", spoilt, *OF_SMALL, "--fix", fixed)
    assert (code, err) == (0, f"repaired: {fixed}\n")
    assert "[crlf]" in out
    assert gzip.decompress(fixed.read_bytes()) == whole
    code, _, err = command("validate", spoilt, *OF_SMALL, "--fix", fixed)
    assert (code, err) == (1, f"error: {fixed} exists already: name a new file for the fixed submission\n")


def test_fix_refuses_ambiguous_repairs(command, alone, tmp_path):
    fixed = tmp_path / "fixed.csv"
    code, out, err = command("validate", alone, *ANOTHER, "--fix", fixed)
    assert code == 1
    assert "[unknown-pid]" in out
    assert err == (
        f"error: {alone} cannot be fixed without guessing (10 unknown-pid, 10 missing-pid): nothing was written\n"
    )
    assert not fixed.exists()


def test_a_submission_is_listed_among_the_runs_as_an_estimate(command, made, tmp_path):
    file, row = made
    runs = file.parent.parent
    command("run", "--recommender", "title", *OF_SMALL, "--runs", runs)
    elsewhere = tmp_path / "theirs.csv.gz"
    shutil.copy(file, elsewhere)
    code, out, _ = command("score", elsewhere, *OF_SMALL, "--board", "--runs", runs, "--format", "json")
    assert code == 0
    found = {each["run"]: each for each in json.loads(out)}
    assert len(found) == 3
    estimate = found["theirs.csv.gz (estimate)"]
    assert estimate["ndcg"] == found[row["run"]]["ndcg"]
    assert estimate["rank"] == found[row["run"]]["rank"]


def test_a_damaged_run_is_noted_when_a_submission_is_listed_among_runs(command, made, tmp_path):
    file, _ = made
    runs = file.parent.parent
    command("run", "--recommender", "title", *OF_SMALL, "--runs", runs)
    elsewhere = shutil.copy(file, tmp_path / "theirs.csv.gz")
    (file.parent / "run.json").write_text("{}")
    code, _, err = command("score", elsewhere, *OF_SMALL, "--board", "--runs", runs)
    assert code == 0
    assert err.startswith(f"warning: left out: {file.parent}/run.json is damaged")
    assert len(err.splitlines()) == 1


def test_without_runs_on_the_same_challenge_there_is_no_leaderboard(command, made, tmp_path):
    file, _ = made
    shutil.copy(file, tmp_path / "theirs.csv.gz")
    code, out, err = command("score", tmp_path / "theirs.csv.gz", *OF_SMALL, "--board", "--runs", tmp_path / "none")
    assert (code, out) == (1, "")
    assert err == (
        f"error: no scored run of challenge test of small in {tmp_path / 'none'}: make one with `harness run`, or pass "
        "another folder with --runs\n"
    )


def test_submit_check_shows_what_an_organiser_sees(command, made, alone):
    path, row = made
    code, out, err = command("submit-check", path)
    assert (code, err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in out.splitlines() if not line.startswith(("r_", "ndcg", "clicks")))
    assert lines == {
        "file": str(path),
        "format": "aicrowd",
        "team": "we, we@example.org, track main",
        "playlists": "10 of 10",
        "verdict": "valid, 0 warnings",
    }
    assert out.splitlines()[-3:] == [
        f"r_precision (final)  {row['r_precision']['mean']:.6f}",
        f"ndcg (start-kit)     {row['ndcg']['mean']:.6f}",
        f"clicks (rules)       {row['clicks']['mean']:.6f}",
    ]
    code, out, _ = command("submit-check", alone, *ANOTHER)
    assert code == 1
    assert "10 unknown-pid" in out
    code, _, err = command("submit-check", alone)
    assert code == 1
    assert err.startswith(f"error: Cannot tell which challenge {alone} belongs to; pass --data NAME")


def test_submit_check_of_unknown_answers_has_no_scores(command, contest):
    folder, path = contest
    code, out, _ = command("submit-check", path, "--challenge", folder / "challenge_set.json")
    assert code == 0
    assert out.splitlines()[-1] == "scores     the withheld tracks are unknown"


def test_export_writes_a_scoring_program(command, made, tmp_path):
    path, row = made
    words = ("export", row["run"], "--runs", path.parents[1], "--format", "codabench", "--output", tmp_path / "to")
    code, _, err = command(*words)
    assert code == 0
    names = [str(tmp_path / "to" / name) for name in ("scoring_program.zip", "reference_data.zip")]
    assert err.splitlines() == [*names, "the reference data hold the withheld tracks: keep them secret"]
