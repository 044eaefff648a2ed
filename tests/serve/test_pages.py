"""The page over HTTP: search, continuations with their nearest seeds, radio, exports, headers and errors."""

import csv
import html
import io
import re
import warnings
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette recommends a successor of httpx
    from starlette.testclient import TestClient

from harness.rules import TRACKS_PER_PLAYLIST
from harness.serve.app import HEADERS, application
from harness.serve.draft import MOST_CHARACTERS, MOST_TRACKS, Draft
from harness.serve.explorer import SHOWN


@pytest.fixture(scope="module")
def client(explorer):
    return TestClient(application(explorer), base_url="http://127.0.0.1:8018", follow_redirects=False)


@pytest.fixture
def got(client):
    """`got("/", track=[1, 2])` -> the page's text."""

    def page(path, **query):
        answer = client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.text

    return page


def added(page, by):
    """Tracks of the `Add` buttons in one recommender's list."""
    return offered(page.split(f"Continued by {by}")[1].split("</section>")[0])


def offered(text):
    return [int(track) for track in re.findall(r'name="add" value="(\d+)"', text)]


def test_an_empty_playlist_has_a_labelled_search_and_no_continuation(got):
    page = got("/")
    assert 'for="title"' in page
    assert 'for="words"' in page
    assert "Continued by" not in page


def test_a_search_lists_what_the_lookup_finds(got, explorer, popular):
    name = explorer.lookup.name(popular[0])
    assert offered(got("/", words=name)) == explorer.lookup.search(name)[:SHOWN].tolist()
    assert offered(got("/", words=explorer.lookup.uri(3))) == [3]


def test_a_name_that_is_not_there_is_answered_with_the_nearest(got, explorer, popular):
    name = explorer.lookup.name(popular[0])
    page = html.unescape(got("/", words=f"{name}qx"))
    assert f"no track is called {f'{name}qx'!r}; the most similar names" in page
    assert name in page


def test_adding_and_removing_redirect_to_the_address_of_the_new_playlist(client, popular):
    first, second = popular[:2]
    answer = client.get("/", params={"title": "t", "words": "w", "track": [first], "add": second})
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {
        "title": ["t"],
        "track": [str(first), str(second)],
    }
    answer = client.get("/", params={"track": [first, second], "remove": first})
    assert answer.headers["location"] == f"/?track={second}"


def test_both_lists_are_those_of_the_recommenders(got, explorer, popular):
    page = got("/", title="summer", track=popular[:3])
    for name, companion in zip(explorer.names, explorer._companions, strict=True):
        assert added(page, name) == companion.continued("summer", popular[:3], SHOWN).tracks.tolist()
    assert added(page, "playlist-knn") != added(page, "item-knn")


@pytest.mark.parametrize("n_seeds", [5, SHOWN + 10])
def test_the_nearest_seeds_are_those_that_share_most_playlists(explorer, playlists, got, n_seeds):
    seeds = np.argsort(-playlists.track_counts(), kind="stable")[2 : 2 + n_seeds].tolist()
    rows = [set(playlists.tracks.row(row).tolist()) for row in range(len(playlists))]
    for continuation in explorer.continuations(Draft(tracks=tuple(seeds))):
        for suggestion in continuation.suggestions:
            shared = [sum({seed, suggestion.track} <= row for row in rows) for seed in seeds]
            expected = sorted((n for n in shared if n), reverse=True)[:3]
            assert [n for _, n in suggestion.nearest_seeds] == expected
            by_name = {(explorer.lookup.name(seed), n) for seed, n in zip(seeds, shared, strict=True)}
            assert set(suggestion.nearest_seeds) <= by_name
    assert "shares playlists with" in got("/", track=seeds)


def test_a_title_alone_is_continued_and_filled_tracks_are_marked(got, playlists):
    title = playlists.info["name"].value_counts(sort=True)["name"][0]
    page = got("/", title=title)
    assert len(added(page, "item-knn")) == SHOWN
    assert page.count("filled by title or popularity") >= SHOWN
    assert "no playlist of corpus" in got("/", title="zzzzqqqqzzzz")


def test_a_radio_steps_through_the_walk_of_its_recommender(got, explorer, popular):
    start = popular[0]
    walk = [start, *explorer._companions[1].radio(start, SHOWN, 10, 4)]
    page = html.unescape(got("/radio", start=start, by=1, seed=4, place=2, track=popular[:2]))
    assert f"Track 3 of {len(walk)}" in page
    assert explorer.lookup.uri(walk[2]) in page
    following = next(link for link in re.findall(r'href="(/radio[^"]*)" autofocus', page))
    assert parse_qs(urlsplit(following).query)["place"] == ["3"]
    assert f'href="/?track={popular[0]}&track={popular[1]}"' in page


def test_a_preview_link_that_is_no_web_address_is_not_a_link(got, explorer, popular, monkeypatch):
    monkeypatch.setattr(type(explorer.lookup), "preview", lambda *_: "javascript:alert(1)")
    assert "javascript" not in got("/radio", start=popular[0])
    monkeypatch.setattr(type(explorer.lookup), "preview", lambda *_: "https://p.example/1")
    assert 'href="https://p.example/1"' in got("/radio", start=popular[0])


def test_the_csv_and_the_submission_line_are_the_list_of_500(got, client, explorer, popular):
    query = {"by": 1, "track": popular[:2], "title": "summer"}
    tracks = explorer._companions[1].continued("summer", popular[:2], TRACKS_PER_PLAYLIST).tracks.tolist()
    uris = [explorer.lookup.uri(track) for track in tracks]
    assert [row["uri"] for row in csv.DictReader(io.StringIO(got("/tracks.csv", **query)))] == uris
    assert got("/submission-line.csv", pid=1_000_016, **query) == ",".join(["1000016", *uris]) + "\n"
    assert "attachment" in client.get("/tracks.csv", params=query).headers["content-disposition"]


def test_names_and_titles_are_shown_as_text(got, explorer, popular, monkeypatch):
    hostile = '<script>alert("x")</script>\u202e'
    monkeypatch.setattr(type(explorer.lookup), "name", lambda *_: hostile)
    for page in (got("/", title=hostile, words=hostile, track=popular[:2]), got("/radio", start=popular[0])):
        assert "<script" not in page
        assert "\u202e" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8018", "127.0.0.1.evil.example", "localhost.", ""])
def test_another_host_is_refused(client, host):
    assert client.get("/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8018", "localhost:9", "LOCALHOST"])
def test_the_names_of_this_machine_are_accepted(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


def test_every_response_has_the_security_headers(client):
    for path in ("/", "/page.css", "/nothing", "/radio?start=x"):
        assert HEADERS.items() <= dict(client.get(path).headers).items(), path
    assert HEADERS.items() <= dict(client.get("/", headers={"host": "evil.example"}).headers).items()
    assert "unsafe" not in HEADERS["content-security-policy"]


def test_pages_refer_to_nothing_outside(got, popular):
    pages = got("/", track=popular[:2], words="a") + got("/radio", start=popular[0])
    addresses = re.findall(r'(?:href|src|action|formaction)="([^"]*)"', pages)
    assert len(addresses) > 20
    assert all(address.startswith("/") for address in addresses)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/?track=-1", "track '-1' is not a number from 0 to {last}"),
        ("/?track=99999999999999999999", "track '99999999999999999999' is not a number from 0 to {last}"),
        ("/?add=²", "track '²' is not a number from 0 to {last}"),
        ("/?remove=x", "remove 'x' is not a number from 0 to {last}"),
        (f"/?title={'x' * (MOST_CHARACTERS + 1)}", "title has 301 characters: write at most 300"),
        ("/?" + "&".join(f"track={track}" for track in range(MOST_TRACKS + 1)),
         "the playlist has more than 250 tracks: remove some"),
        ("/radio", "start '' is not a number from 0 to {last}"),
        ("/radio?start=1&by=2", "by '2' is not a number from 0 to 1"),
        ("/tracks.csv", "the playlist is empty: give it a title or a track"),
        ("/submission-line.csv?track=1&pid=1.5", "pid '1.5' is not a number from 0 to 2147483647"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line(client, explorer, path, line):
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.text == f"error: {line.format(last=explorer.lookup.n_tracks - 1)}\n"


def test_an_exception_of_one_recommender_leaves_the_other(got, client, explorer, popular, monkeypatch):
    def fail(*_):
        raise ValueError("out of <order>")

    monkeypatch.setattr(explorer._companions[1]._recommender, "recommend", fail)
    page = got("/", track=popular[:2])
    assert len(added(page, "playlist-knn")) == SHOWN
    assert "error: recommender &#39;item-knn&#39;: ValueError: out of &lt;order&gt;" in page
    answer = client.get("/tracks.csv", params={"track": popular[0], "by": 1})
    assert answer.status_code == 400
    assert answer.text.startswith("error: recommender 'item-knn': ValueError: out of <order>")
