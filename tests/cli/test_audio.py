"""Features, components and studies, through the command line."""

import numpy as np
import pytest

from harness.data import store


@pytest.fixture
def file(corpus, tmp_path):
    """Features of the first half of the tracks."""
    catalog = corpus.playlists().catalog
    frame = catalog.audio.select("energy", "tempo").with_columns(uri=catalog.tracks["uri"])
    frame[: catalog.n_tracks // 2].write_csv(tmp_path / "features.csv")
    return tmp_path / "features.csv"


def test_features_are_joined_and_their_coverage_is_reported(corpus, file, command):
    code, out, err = command("data", "features", file, "--data", corpus.name)
    playlists = corpus.playlists()
    n, half = playlists.catalog.n_tracks, playlists.catalog.n_tracks // 2
    n_entries = len(playlists.tracks.values)
    held = int(np.count_nonzero(playlists.tracks.values < half))
    covered = (
        f"small: audio features of {half:,} of {n:,} ({half / n:.1%}) tracks, "
        f"{held:,} of {n_entries:,} ({held / n_entries:.1%}) entries"
    )
    unknown = (
        "missing for every track: danceability, key, loudness, mode, speechiness, acousticness, instrumentalness, "
        "liveness, valence, duration_ms, time_signature"
    )
    assert (code, out.splitlines(), err) == (0, [covered, unknown], "")
    assert store.open_corpus("small").playlists().catalog.audio.columns == ["energy", "tempo"]
    assert f"{n - half:,}" in command("data", "info", "small")[1].partition("tracks without audio features")[2]


@pytest.mark.usefixtures("corpus")
def test_components_are_shown_with_their_loadings(command):
    code, out, err = command("data", "pca", "small")
    assert (code, err) == (0, "")
    assert len([line for line in out.splitlines() if "%" in line]) == 12
    assert "100.0%" in out


@pytest.mark.usefixtures("corpus")
def test_a_study_shows_a_leaderboard_and_writes_pictures(command, tmp_path):
    code, out, err = command(
        *(
            "study",
            "--data",
            "small",
            "--param",
            "clusters=2,3",
            "--param",
            "share=0.5",
            "--metrics",
            "course:match,course:diff",
        ),
        *("--runs", tmp_path / "runs", "--output", tmp_path / "boxes"),
    )
    pictures = [f"{tmp_path / name}.{form}" for name in ("boxes", "boxes-batches") for form in ("png", "svg")]
    assert (code, err.splitlines()) == (0, pictures)
    assert "means by part" not in out
    assert out.count("audio-clusters-") == len(list((tmp_path / "runs").glob("*/run.json"))) == 2
    assert "clusters=2" in out


@pytest.mark.usefixtures("corpus")
def test_a_study_shows_its_parts_side_by_side(command, tmp_path):
    words = ("--recommender", "title", "--param", "power=0.5,1", "--metrics", "ndcg", "--split", "stratified")
    parts = ("--part", "train", "--part", "validation", "--part", "test")
    output = ("--runs", tmp_path / "runs", "--output", tmp_path / "boxes")
    code, out, _ = command("study", *words, *parts, "--data", "small", *output)
    assert code == 0
    lines = [line.split() for line in out.partition("small, stratified")[0].splitlines() if line.strip()]
    assert lines[0] == ["means", "by", "part"]
    assert lines[1] == ["power", "metric", "train", "validation", "test"]
    assert [line[:2] for line in lines[2:]] == [["0.5", "NDCG"], ["1", "NDCG"]]
    for part in ("train", "validation", "test"):
        assert f"small, stratified {part}" in out


@pytest.mark.usefixtures("corpus")
def test_a_study_notes_damaged_runs_and_ranks_by_the_metrics_of_its_split(command, tmp_path):
    words = ("--recommender", "title", "--param", "power=0.5,1", "--metrics", "ndcg", "--split", "next-track")
    damaged = tmp_path / "runs" / "title-0123456789"
    damaged.mkdir(parents=True)
    (damaged / "run.json").write_text("{}")
    output = ("--runs", tmp_path / "runs", "--output", tmp_path / "boxes")
    code, out, err = command("study", *words, "--data", "small", *output)
    assert code == 0
    assert err.splitlines()[-1].startswith(f"warning: left out: {damaged}/run.json is damaged")
    assert "ranked by hit@10, ndcg@10, clicks" in out


def test_a_study_names_missing_options(command):
    code, _, err = command("study", "--recommender", "als")
    assert (code, err) == (1, "error: no hyper-parameter of als is varied: pass --param NAME=VALUE,VALUE,…\n")


@pytest.mark.usefixtures("corpus")
def test_a_submission_is_scored_by_metrics_of_followers(command, tmp_path):
    command("run", "--recommender", "popularity", "--data", "small", "--runs", tmp_path)
    (submission,) = tmp_path.glob("*/submission.csv.gz")
    code, out, _ = command("score", submission, "--metrics", "course:match,course:metric2:share")
    assert code == 0
    assert "definitions: course:match: literal, course:metric2: share" in out
