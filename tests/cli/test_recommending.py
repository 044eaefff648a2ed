"""`harness recommend` through the command line."""

import csv
import io
import json

import numpy as np
import pytest

BY_SIMILAR_TITLES = "no track for it, 'title' recommends by similar titles"


@pytest.fixture
def popular(corpus):
    """The most frequent track: id, URI, name, artist."""
    playlists = corpus.playlists()
    track = int(np.argmax(playlists.track_counts()))
    catalog = playlists.catalog
    return track, catalog.tracks["uri"][track], catalog.tracks["name"][track], int(catalog.artist_of[track])


def test_a_playlist_of_one_track_is_continued_by_a_readable_table(command, popular):
    code, out, err = command("recommend", "--track", popular[1], "--data", "small", "--k", 7)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].rstrip() == "continued by playlist-knn on small"
    assert lines[1].split() == ["rank", "track", "artist", "score"]
    assert [line.split()[0] for line in lines[3:]] == list("1234567")
    assert err.startswith("playlist-knn fitted in ")
    again = command("recommend", "--track", popular[1], "--data", "small", "--k", 7)
    assert again[1] == out
    assert again[2].startswith("playlist-knn loaded in ")


def test_json_and_csv_are_the_same_lists(command, popular):
    arguments = ("recommend", "--track", popular[1], "--data", "small", "--recommender", "item-knn")
    lines = json.loads(command(*arguments, "--format", "json")[1])
    assert len(lines) == 20
    assert list(lines[0]) == ["rank", "track", "artist", "album", "uri", "score", "preview"]
    assert popular[1] not in {line["uri"] for line in lines}
    rows = list(csv.DictReader(io.StringIO(command(*arguments, "--format", "csv")[1])))
    assert [row["uri"] for row in rows] == [line["uri"] for line in lines]


def test_a_search_reports_the_track_it_selected(command, popular):
    code, _, err = command("recommend", "--search", popular[2].upper(), "--data", "small", "--k", 1)
    assert code == 0
    assert err.splitlines()[0].startswith(f"{popular[2].upper()!r} is {popular[2]} - ")
    assert f"({popular[1]}, " in err.splitlines()[0]


def test_tracks_of_the_fallback_are_noted(command, corpus):
    title = corpus.playlists().info["name"].value_counts(sort=True)["name"][0]
    arguments = ("recommend", "--title", title, "--data", "small", "--recommender", "item-knn", "--k", 3)
    code, out, err = command(*arguments)
    assert code == 0
    assert out.splitlines()[1].split() == ["rank", "track", "artist"]
    assert err.splitlines()[1] == (
        "item-knn found too few tracks: 3 of 3, those without score, were filled by title and then by popularity"
    )


def test_a_radio_walks_the_same_way_for_the_same_seed(command, popular):
    arguments = (
        "recommend",
        "--track",
        popular[1],
        "--data",
        "small",
        "--radio",
        8,
        "--neighbours",
        4,
        "--format",
        "json",
    )
    first, again, other = (json.loads(command(*arguments, "--seed", seed)[1]) for seed in (1, 1, 2))
    assert first == again != other
    assert len({popular[1], *(line["uri"] for line in first)}) == 9
    assert all(line["score"] is None for line in first)


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "the playlist is empty: pass --title TEXT, --track URI or --search WORDS"),
        (("--title", " "), "--title is empty: write a playlist's title, or leave it out"),
        (("--title", "zzzzqqqqzzzz"),
         f"no playlist of corpus 'small' is called 'zzzzqqqqzzzz'; playlist-knn has {BY_SIMILAR_TITLES}"),
        (("--title", "🦤", "--recommender", "title"), "no playlist of corpus 'small' is called '🦤'"),
        (("--track", "@@@@"), "no track '@@@@' in corpus 'small'; --search WORDS finds tracks by name"),
        (("--search", "zzzzqqqqzzzz"), "no track of corpus 'small' is called 'zzzzqqqqzzzz'"),
        (("--title", "x", "--radio", 3),
         "a radio starts from one track: pass one --track or one --search, without --title"),
        (("--title", "x", "--neighbours", 3), "--neighbours chooses the tracks of a radio: pass --radio N too"),
        (("--track", "x", "--radio", 3, "--k", 5), "--radio N is the number of tracks of a radio: leave out --k"),
        (("--title", "x", "--param", "neighbours=3", "--param", "neighbours=4"),
         "--param 'neighbours=4': neighbours is given twice, name one value"),
        (("--title", "x", "--recommender", "alss"),
         "no recommender 'alss', did you mean 'als'?; `harness list` names all"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line(command, arguments, line):
    assert command("recommend", "--data", "small", *arguments) == (1, "", f"error: {line}\n")


def test_unknown_input_names_the_nearest_matches(command, popular, corpus):
    _, uri, name, _ = popular
    code, _, err = command("recommend", "--track", uri[:-1], "--data", "small")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith(f"error: no track {uri[:-1]!r} in corpus 'small'; the nearest: {name} - ")
    assert f"({uri})" in err
    title = corpus.playlists().info["name"].value_counts(sort=True)["name"][0].lower()
    code, _, err = command("recommend", "--title", f"{title}q", "--data", "small")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith(f"error: no playlist of corpus 'small' is called '{title}q'; the nearest titles: '{title}' (")


def test_an_unknown_title_is_answered_by_similar_titles(command, corpus):
    title = corpus.playlists().info["name"].value_counts(sort=True)["name"][0].lower()
    arguments = ("recommend", "--data", "small", "--recommender", "title", "--format", "json", "--title")
    code, out, err = command(*arguments, f"{title}q")
    assert code == 0
    lines = json.loads(out)
    assert len(lines) == 20
    assert all(line["score"] > 0 for line in lines), "none comes from the fallback"
    note, fitted = err.splitlines()
    assert note.startswith(f"no playlist of corpus 'small' is called '{title}q'; the nearest titles: '{title}' (")
    assert fitted.startswith("title fitted in ")
    similar = {line["uri"] for line in json.loads(command(*arguments, title)[1])}
    assert len(similar & {line["uri"] for line in lines}) > 10


def test_an_unknown_title_with_tracks_is_a_note_and_no_error(command, popular):
    arguments = ("recommend", "--title", "zzzzqqqqzzzz", "--track", popular[1], "--data", "small")
    code, _, err = command(*arguments)
    assert code == 0
    assert err.splitlines()[0] == "no playlist of corpus 'small' is called 'zzzzqqqqzzzz'"


def test_confidence_is_a_falling_column_of_its_own(command, popular):
    arguments = ("recommend", "--track", popular[1], "--data", "small", "--k", 7, "--confidence")
    code, out, err = command(*arguments)
    assert code == 0
    assert out.splitlines()[1].split() == ["rank", "track", "artist", "score", "P(hit)"]
    shares = [float(line.split()[-1].removesuffix("%")) for line in out.splitlines()[3:]]
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[0] <= 100
    assert "P(hit) is estimated on 60 validation playlists with 0, 1, 5, 10, 25, 100 seeds" in err.splitlines()
    lines = json.loads(command(*arguments, "--format", "json")[1])
    assert [round(100 * line["confidence"], 1) for line in lines] == shares
    head = command(*arguments, "--format", "csv")[1].splitlines()[0]
    assert head == "rank,track,artist,album,uri,score,preview,confidence"


def test_a_radio_has_no_confidence(command, popular):
    code, _, err = command("recommend", "--track", popular[1], "--data", "small", "--radio", 2, "--confidence")
    assert (code, err) == (1, "error: the tracks of a radio have no confidence: leave out --confidence or --radio\n")


def test_reliability_is_a_table_and_a_plot(command, corpus, tmp_path):
    arguments = ("reliability", "--recommender", "popularity", "--data", corpus.name)
    code, out, err = command(*arguments, "--plot", tmp_path / "plot")
    assert code == 0
    assert out.splitlines()[0].rstrip() == "popularity on small: fitted on validation, observed on test"
    assert out.splitlines()[-1].startswith("expected calibration error 0.0")
    assert err.splitlines()[-2:] == [str(tmp_path / "plot.png"), str(tmp_path / "plot.svg")]
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    svg = (tmp_path / "plot.svg").read_text()
    assert "estimated probability of a hit" in svg
    found = json.loads(command(*arguments, "--format", "json")[1])
    rows = list(csv.DictReader(io.StringIO(command(*arguments, "--format", "csv")[1])))
    assert [float(row["observed"]) for row in rows] == [each["observed"] for each in found["bins"]]
    assert svg.count('aria-roledescription="point"') == len(found["bins"])
