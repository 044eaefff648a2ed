"""Contents of a page besides the leaderboard, and fields that it leaves out."""

import json
import re
import shutil

import numpy as np
import pytest

from harness.data import store
from harness.report.entries import leaderboard
from harness.report.page_contents import page_contents, sample_rows
from harness.run.runs import SUBMISSION
from harness.submission.reader import read_submission
from harness.task.tasks import open_task


@pytest.fixture
def runs(corpus, command, tmp_path):
    """A folder with one run on `corpus`."""
    folder = tmp_path / "runs"
    words = ("--data", corpus.name, "--runs", folder, "--team", "us", "--email", "us@example.org")
    assert command("run", "--recommender", "popularity", *words)[0] == 0
    return folder


def test_a_sample_takes_categories_in_turn_and_is_the_same_every_time(split):
    challenge = split.challenge
    rows = sample_rows(challenge, 20)
    _, counts = np.unique(challenge.categories[rows], return_counts=True)
    n_categories = len(np.unique(challenge.categories))
    assert (len(rows), len(counts)) == (20, n_categories)
    assert counts.max() - counts.min() <= 1
    assert np.array_equal(rows, sample_rows(challenge, 20))
    turned = challenge.take(np.arange(len(challenge))[::-1])
    assert np.array_equal(turned.pids[sample_rows(turned, 20)], challenge.pids[rows])
    assert sorted(sample_rows(challenge, 10**6)) == list(range(len(challenge)))


def test_a_sample_has_seeds_withheld_tracks_and_recommended_tracks(runs, corpus):
    leaderboards = leaderboard(runs)
    (found,), notes = page_contents(runs, leaderboards)
    assert notes == []
    run = leaderboards[0].rows[0].entry.run
    task = open_task(corpus.name)
    challenge, withheld = task.judged
    tracks = read_submission(runs / run / SUBMISSION, challenge).submission.tracks
    uris, names = (challenge.catalog.tracks[column].to_list() for column in ("uri", "name"))
    for looked in found.playlists:
        (row,) = np.flatnonzero(challenge.pids == looked.pid)
        one = challenge.take(np.array([row]))
        assert looked.seeds == tuple(uris[i] for i in one.seeds.values)
        assert looked.withheld == tuple(uris[i] for i in withheld.take(np.array([row])).values)
        assert looked.lists == {run: tuple(uris[i] for i in tracks[row])}
        assert looked.title == one.info["name"][0]
    first = int(tracks[0, 0])
    artist = challenge.catalog.artists["name"][int(challenge.catalog.artist_of[first])]
    assert found.tracks[uris[first]] == (names[first], artist)


def test_the_page_of_the_command_has_no_addresses_and_no_folders(runs, command, tmp_path):
    code, out, err = command(
        "leaderboard", "--runs", runs, "--format", "html", "--output", tmp_path / "deep" / "board.html"
    )
    assert (code, out, err) == (0, "", "")
    html = (tmp_path / "deep" / "board.html").read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert "us@example.org" not in html
    assert str(tmp_path) not in html
    (data,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html)
    assert len(json.loads(data)["explorer"]["playlists"]) == 30
    code, out, _ = command("leaderboard", "--runs", runs, "--format", "html")
    assert (code, out) == (0, html)


def test_a_challenge_file_is_named_without_its_folder(playlists, runs, tmp_path, command):
    from harness.task.contest import write_contest

    write_contest(playlists, tmp_path / "contest")
    assert command("data", "import", tmp_path / "contest", "--name", "part")[0] == 0
    challenge = tmp_path / "contest" / "challenge_set.json"
    words = ("--data", "part", "--challenge", challenge, "--runs", runs)
    assert command("run", "--recommender", "popularity", *words)[0] == 0
    code, html, err = command("leaderboard", "--runs", runs, "--format", "html", "--data", "part")
    assert (code, err) == (0, "")
    assert "challenge_set.json: not scored" in html
    assert str(tmp_path) not in html
    (data,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html)
    explorer = json.loads(data)["explorer"]
    assert len(explorer["playlists"]) > 0
    assert {each["withheld"] for each in explorer["playlists"]} == {None}
    assert {len(each["lists"][0]["top"]) for each in explorer["playlists"]} == {100}


def test_without_its_corpus_a_page_notes_that_it_has_no_playlists(runs, corpus, command):
    shutil.rmtree(store.open_corpus(corpus.name).folder)
    code, html, err = command("leaderboard", "--runs", runs, "--format", "html")
    assert code == 0
    assert re.match(r"small, challenge validation: the page has no playlists: no corpus .*\n$", err)
    assert "There are no sample playlists" in html
    assert "c0ffee" not in html
    assert "share filled by the fallback" in html
