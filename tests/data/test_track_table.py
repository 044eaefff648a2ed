"""Track tables: names and links joined to a corpus, for search and display only."""

import gzip
import json

import numpy as np
import polars as pl
import pytest

from harness.data import layout, store
from harness.data.filtering import Filter, filter_corpus
from harness.data.importing import import_corpus
from harness.data.track_table import join_tracks
from harness.errors import DataError

TABLE = """id,Title,Artist Name,album,preview_url,genre,empty,name
1,Hexagone,Renaud,Amoureux,https://p.example/1,chanson,,alias
2,"Fille, la",Renaud,,nan,chanson,,
2,Other,Nobody,,nan,,,
99,Unused,X,,,,,
3.0,Été,Été,,https://p.example/3,,,
"""


@pytest.fixture
def lists(tmp_path):
    """A corpus of lists: 0 is in every playlist."""
    rows = [[0, 1, 2], [0, 2, 3], [0, 1, 3, 4], [0, 1, 2, 3, 5]]
    array = np.empty(len(rows), object)
    array[:] = [[f"track_{i}" for i in row] for row in rows]
    np.save(tmp_path / "lists.npy", array, allow_pickle=True)
    return import_corpus(tmp_path / "lists.npy", "lists")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "TracksArtists.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_columns_are_recognised_joined_and_the_others_named(lists, table):
    joined = join_tracks(lists, table)
    assert joined.n_known == {"name": 1, "artist": 3, "album": 1, "preview": 2, "title": 3, "genre": 2}
    assert joined.ignored == {"empty": "no value"}
    assert joined.n_repeated == 1
    uris = lists.playlists().catalog.tracks["uri"].to_list()
    stored = store.open_corpus("lists").track_table
    assert stored.height == len(uris)
    assert stored["artist"][uris.index("track_2")] == "Renaud"
    assert stored["title"][uris.index("track_2")] == "Fille, la"
    assert stored["preview"][uris.index("track_3")] == "https://p.example/3"
    assert stored["artist"][uris.index("track_0")] is None


def test_another_separator_than_the_comma_is_read(lists, tmp_path):
    (tmp_path / "t.csv").write_text("sep=;\nid;name\n1;Hexagone\n2;Fille, la\n")
    assert join_tracks(lists, tmp_path / "t.csv").n_known == {"name": 2}


def test_neither_fingerprint_nor_playlists_change(lists, table):
    before = lists.playlists().catalog.tracks
    corpus = join_tracks(lists, table).corpus
    assert corpus.fingerprint == lists.fingerprint == layout.fingerprint(corpus.playlists())
    assert corpus.playlists().catalog.tracks.equals(before)


def test_a_later_table_replaces_an_earlier_one_and_audio_stays(corpus, tmp_path):
    uris = corpus.playlists().catalog.tracks["uri"]
    audio = corpus.playlists().catalog.audio
    for name in ("one", "two"):
        pl.DataFrame({"uri": uris, "name": [name] * len(uris)}).write_parquet(tmp_path / f"{name}.parquet")
        joined = join_tracks(corpus, tmp_path / f"{name}.parquet").corpus
        assert joined.track_table["name"][0] == name
    assert joined.playlists().catalog.audio.equals(audio)
    assert len(list(corpus.folder.glob("track_table-*.arrow"))) == 1


def test_a_filtered_corpus_keeps_the_table(lists, table):
    corpus = join_tracks(lists, table).corpus
    filtered = filter_corpus(corpus, "frequent", Filter(min_occurrences=3))
    uris = filtered.playlists().catalog.tracks["uri"].to_list()
    assert "track_5" not in uris
    assert dict(zip(uris, filtered.track_table["artist"], strict=True))["track_3"] == "Été"


def test_a_damaged_table_is_named(lists, table):
    corpus = join_tracks(lists, table).corpus
    (path,) = corpus.folder.glob("track_table-*.arrow")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="is damaged"):
        _ = store.open_corpus("lists").track_table
    with pytest.raises(DataError, match="is damaged"):
        store.open_corpus("lists").verify()


def test_lists_of_texts_are_joined_and_columns_without_texts_are_named(lists, tmp_path):
    columns = {"id": [1, 2], "artists": [["Renaud", "Anne"], None], "year": [1975, None], "raw": [b"x", b"y"]}
    pl.DataFrame({**columns, "position": [{"x": 1}, {"x": 2}]}).write_parquet(tmp_path / "t.parquet")
    joined = join_tracks(lists, tmp_path / "t.parquet")
    assert joined.n_known == {"artist": 1, "year": 1}
    assert joined.ignored == dict.fromkeys(("raw", "position"), "its values are not texts or numbers")
    row = lists.playlists().catalog.tracks["uri"].to_list().index("track_1")
    assert joined.corpus.track_table.row(row) == ("Renaud, Anne", "1975")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n", "no column identifies the track; name one track_uri, uri, track_id, id, track"),
        ("id\n1\n", "no column besides id"),
        ("id,name\n77,x\n", "has no value for any track of corpus 'lists'"),
        ("", "is empty"),
    ],
)
def test_a_table_that_cannot_be_joined_is_refused(lists, tmp_path, content, message):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(DataError, match=message):
        join_tracks(lists, tmp_path / "t.csv")
    assert store.open_corpus("lists").track_table is None


@pytest.mark.usefixtures("lists")
def test_search_and_radio_use_the_table(command, tmp_path):
    arguments = ("--data", "lists", "--recommender", "item-knn", "--format", "json")
    code, _, err = command("recommend", "--search", "hexagone renaud", *arguments)
    assert code == 1
    remedy = "join a table of names with `harness data tracks FILE --data lists`, or name the track by its URI"
    assert err == f"error: no track of corpus 'lists' has a name: {remedy}\n"
    with gzip.open(tmp_path / "table.csv.gz", "wt", encoding="utf-8") as file:
        file.write(TABLE.replace("Title", "track_name").replace(",name\n", ",\n", 1))
    code, out, err = command("data", "tracks", tmp_path / "table.csv.gz", "--data", "lists")
    assert (code, out.splitlines()[0]) == (0, "lists: name of 3 of 6 (50.0%) tracks")
    assert "ignored column 'empty': no value" in err
    code, out, err = command("recommend", "--search", "hexagone renaud", *arguments)
    assert err.startswith("'hexagone renaud' is Hexagone - Renaud (track_1, ")
    listed = {line["uri"]: line for line in json.loads(out)}
    assert listed["track_3"]["preview"] == "https://p.example/3"
    assert listed["track_2"]["genre"] == "chanson"
    radio = ("recommend", "--track", "track_0", "--radio", 5, "--with-preview", *arguments)
    (_, out, err), again = (command(*radio, "--seed", 3) for _ in range(2))
    assert out == again[1]
    assert err.splitlines()[-1].startswith("the radio ends early: item-knn has no further track near ")
    assert err.endswith(" with a preview link\n")
    first = json.loads(out)
    assert {line["uri"] for line in first} == {"track_1", "track_3"}, "only these have a link"
    assert len(json.loads(command(*(word for word in radio if word != "--with-preview"))[1])) > 2


@pytest.mark.usefixtures("corpus")
def test_a_radio_of_links_needs_links(command):
    uri = store.open_corpus("small").playlists().catalog.tracks["uri"][0]
    code, _, err = command("recommend", "--track", uri, "--radio", 3, "--with-preview", "--data", "small")
    assert (code, err.count("\n")) == (1, 1)
    assert "no track of corpus 'small' has a preview link" in err
