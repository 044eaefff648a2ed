"""Shell completion of names, as a shell asks for it."""

import pytest


@pytest.fixture
def completed(command, monkeypatch):
    """`completed("run", "--data", "sm")` -> completions of the last word."""

    def complete(*words):
        with monkeypatch.context() as patch:
            patch.setenv("_HARNESS_COMPLETE", "complete_bash")
            patch.setenv("COMP_WORDS", " ".join(["harness", *words]))
            patch.setenv("COMP_CWORD", str(len(words)))
            code, out, _ = command()
        assert code == 0
        return out.split()

    return complete


def test_commands_recommenders_corpora_splits_and_metrics_complete(completed, corpus):
    assert completed("leader") == ["leaderboard"]
    assert completed("run", "--recommender", "popu") == ["popularity"]
    assert completed("tune", "--recommender", "word") == ["word2vec"]
    assert completed("run", "--data", "sm") == [corpus.name]
    assert completed("run", "--split", "next") == ["next-track"]
    assert completed("run", "--metrics", "ndcg,cli") == ["ndcg,clicks"]


def test_runs_and_tags_of_the_named_folder_complete(completed, command, corpus, tmp_path):
    runs = tmp_path / "runs"
    assert command("run", "--recommender", "popularity", "--data", corpus.name, "--runs", runs)[0] == 0
    (name,) = (path.name for path in runs.iterdir())
    command("runs", "rename", name, "own-name", "--runs", runs)
    command("runs", "tag", name, "good", "--runs", runs)
    assert completed("runs", "show", "--runs", str(runs), "pop") == [name]
    assert completed("runs", "show", "--runs", str(runs), "own") == ["own-name"]
    assert completed("leaderboard", "--runs", str(runs), "--tag", "g") == ["good"]
    assert completed("compare", "--runs", str(runs / "nowhere"), "pop") == []


def test_a_damaged_data_folder_completes_nothing(completed, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "file"))
    assert completed("run", "--data", "sm") == []
