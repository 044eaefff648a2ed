"""`--split` on every command that takes it, and corpora other than the MPD, through the command line."""

import json

import numpy as np
import pytest

from harness.data import store


@pytest.fixture
def lists(tmp_path):
    """An `.npy` of 400 lists over 700 tracks, each with its artist behind it."""
    rng = np.random.default_rng(0)
    array = np.empty(400, object)
    for row in range(400):
        tracks = (rng.integers(7) * 100 + rng.permutation(100)[:20]).tolist()
        array[row] = [text for track in tracks for text in (f"track_{track}", f"artist_{track // 4}")]
    np.save(tmp_path / "deezer.npy", array, allow_pickle=True)
    return tmp_path / "deezer.npy"


@pytest.mark.parametrize(("kind", "n_train", "n_challenge"), [("next-track", 600, 60), ("stratified", 480, 60)])
def test_split_describes_a_holdout_of_the_kind(command, corpus, kind, n_train, n_challenge):
    code, out, err = command("split", "--data", corpus.name, "--split", kind, "--seed", 2)
    assert (code, err) == (0, "")
    assert f"-{kind}-seed2-" in out
    assert f"training    {n_train} playlists" in out
    assert f"challenge   {n_challenge} playlists, {n_challenge} seeds shown" in out


def test_an_unknown_split_is_one_line(command, corpus):
    code, _, err = command("split", "--data", corpus.name, "--split", "stratifed")
    line = "no split 'stratifed', did you mean 'stratified'?; `harness list --kind split` names all"
    assert (code, err) == (1, f"error: {line}\n")


def test_a_corpus_too_small_for_the_default_challenge_is_one_line_with_the_option(command, handmade):
    store.write_corpus(handmade([[0, 1, 2]] * 40), "s40", {"kind": "test"})
    code, _, err = command("run", "--recommender", "popularity", "--data", "s40")
    line = (
        "split 'challenge': a corpus of 40 playlists is too small for a challenge of the default size, which needs "
        "100: pass --per-category 1, or use a larger corpus"
    )
    assert (code, err) == (1, f"error: {line}\n")


def test_options_that_do_not_go_with_the_kind_are_one_line(command, corpus):
    code, _, err = command("run", "--recommender", "popularity", "--data", corpus.name, "--split", "next-track",
                           "--per-category", 3)  # fmt: skip
    line = "split 'next-track' has no parameter 'per_category'; it has drop_last"
    assert (code, err) == (1, f"error: {line}\n")


def test_next_track_takes_the_rule_of_the_founding_project(command, corpus, tmp_path):
    words = ("run", "--recommender", "popularity", "--data", corpus.name, "--split", "next-track", "--runs", tmp_path)
    assert command(*words, "--split-param", "drop_last=all")[0] == 0
    (record,) = (json.loads(path.read_text()) for path in tmp_path.glob("*/run.json"))
    assert record["challenge"]["params"] == {"drop_last": "all"}
    code, _, err = command(*words, "--split-param", "drop_last=some")
    line = "split 'next-track': drop_last=some does not fit, Literal['held-out', 'all'] is needed"
    assert (code, err.startswith(f"error: {line}"), err.count("\n")) == (1, True, 1)


@pytest.mark.parametrize("kind", ["next-track", "stratified"])
def test_validate_and_score_accept_the_kind_of_a_foreign_submission(command, corpus, tmp_path, kind):
    split_options = ("--data", corpus.name, "--split", kind, "--holdout", "test", "--split-seed", 4)
    code, leaderboard, _ = command(
        "run", "--recommender", "popularity", *split_options, "--runs", tmp_path / "r", "--format", "json"
    )
    assert code == 0
    (path,) = (tmp_path / "r").glob("*/submission.csv.gz")
    alone = path.rename(tmp_path / "mine.csv.gz")
    code, out, _ = command("validate", alone, *split_options)
    assert (code, f"valid (check against {kind} test seed 4 of {corpus.name})" in out) == (0, True)
    code, out, _ = command("score", alone, *split_options, "--format", "json")
    (run,), (foreign,) = json.loads(leaderboard), json.loads(out)
    for name in ("hit@10", "ndcg@10") if kind == "next-track" else ("r_precision", "ndcg"):
        assert foreign[name] == run[name]
    assert command("validate", alone, "--data", corpus.name, "--split", "challenge")[0] == 1, "another challenge"


def test_the_leaderboard_of_a_next_track_shows_its_metrics(command, corpus, tmp_path):
    split_options = ("run", "--recommender", "popularity", "--data", corpus.name, "--split", "next-track")
    _, out, _ = command(*split_options, "--runs", tmp_path / "runs", "--metrics", "hit@10,ndcg@10,hit@100")
    assert out.splitlines()[0] == "small, next-track validation, 60 playlists"
    assert out.splitlines()[1].split()[:5] == ["rank", "tie", "run", "Hit@10", "NDCG@10"]
    assert "definitions: hit@10: any, ndcg@10: start-kit, hit@100: any; ranked by hit@10, ndcg@10" in out


def test_lists_are_imported_run_and_validated(command, lists, tmp_path):
    code, out, err = command("data", "import", lists, "--name", "deezer")
    assert (code, out, err) == (0, "deezer: 400 playlists, 8,000 entries, 700 tracks\n", "")
    split_options = ("--data", "deezer", "--split", "next-track", "--runs", tmp_path / "runs")
    assert command("run", "--recommender", "item-knn", "--recommender", "title", *split_options)[0] == 0
    for path in (tmp_path / "runs").glob("*/submission.csv.gz"):
        code, out, _ = command("validate", path, "--strict-corpus")
        assert (code, " 0 errors" in out) == (0, True)
    assert command("data", "info", "deezer")[0] == 0


def test_a_file_is_imported_on_the_way_to_a_run(command, lists, tmp_path):
    assert command("split", "--data", lists, "--split", "next-track")[0] == 0
    table = tmp_path / "table.csv"
    table.write_text("playlist,song\n1,a\n")
    code, _, err = command("split", "--data", table)
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith(
        f"error: {table.resolve()} has no column track (nor track_uri, track_id), but playlist, song; "
    )


def test_unknown_and_left_out_data_of_an_import_are_noted(command, tmp_path):
    array = np.empty(3, object)
    array[:] = [["track_1", "artist_1"], ["artist_2"], ["artist_3", "track_2"]]
    np.save(tmp_path / "mixed.npy", array, allow_pickle=True)
    _, _, err = command("data", "import", tmp_path / "mixed.npy", "--name", "mixed")
    assert err.splitlines() == [
        "artists are unknown: they do not consistently precede or follow their tracks",
        "left out: list 1: no track",
    ]
