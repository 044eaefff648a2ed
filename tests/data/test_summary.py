"""Statistics of a corpus."""

import pytest

from harness.data.summary import summarise


@pytest.fixture
def summary(tmp_path, wild):
    """Three playlists over tracks 1 to 4; 9 has 2's name and artist."""
    twin = wild.entry(9, 1, track_name="Track 2", artist_uri=f"spotify:artist:{2:022d}")
    rows = [
        wild.playlist(0, [1, 2, 1, 1], name="Road Trip!"),
        wild.playlist(1, [], name="road trip", tracks=[wild.entry(1, 0), twin, {"track_uri": wild.uri(4)}]),
        wild.playlist(2, [3], name=None, num_edits=None),
    ]
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", rows)
    return summarise(wild.imported(tmp_path).playlists())


def test_counts(summary):
    assert summary.counts == {
        "playlists": 3,
        "entries": 4 + 3 + 1,
        "tracks": 5,
        "artists": 3,
        "albums": 4,
        "titles": 2,
        "normalised titles": 1,
    }


def test_lengths(summary):
    entries = summary.numbers["entries"]
    quantiles = {"0 %": 1, "10 %": 1, "25 %": 1, "50 %": 3, "75 %": 4, "90 %": 4, "99 %": 4, "100 %": 4}
    assert entries.quantiles == quantiles
    assert (entries.n_known, entries.mean) == (3, pytest.approx((4 + 3 + 1) / 3))


def test_numbers_of_a_playlist_are_known_where_the_source_has_them(summary):
    assert list(summary.numbers) == ["entries", "followers", "albums", "artists", "edits", "minutes"]
    assert summary.numbers["edits"].n_known == 2
    assert summary.numbers["minutes"].mean == pytest.approx(1_000_000 / 60_000)


def test_months(summary):
    assert summary.months == {"2017-07": 3}


def test_concentration(summary):
    assert summary.concentration == dict.fromkeys(("0.1 %", "1 %", "10 %"), 4 / 8)


def test_the_most_frequent_titles_and_tracks(summary, wild):
    assert summary.titles.top == [("road trip", 2)]
    assert summary.top_tracks[0] == (wild.uri(1), "Track 1", "Artist 1", 2)
    assert len(summary.top_tracks) == 5


def test_missing_values_are_counted(summary):
    assert summary.missing == {
        "playlists without name": 1,
        "playlists without num_edits": 1,
        "playlists without description": 3,
        "tracks without name": 1,
        "tracks without artist": 1,
        "tracks without album": 1,
        "tracks without duration": 1,
    }


def test_duplicates_are_counted(summary):
    assert summary.duplicates == {
        "playlists with a repeated track": 1,
        "entries that repeat an earlier entry of their playlist": 2,
        "tracks with the same name and artist as another track": 1,
    }


def test_a_corpus_without_tracks(tmp_path, wild):
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", [wild.playlist(0, [])])
    summary = summarise(wild.imported(tmp_path).playlists())
    assert summary.counts["entries"] == 0
    assert summary.top_tracks == []


def test_the_order_within_playlists_is_classified(summary, tmp_path, wild):
    assert summary.order.startswith("unknown: too few tracks")
    rows = [wild.playlist(pid, [track for track in range(40) if (track * pid) % 7 < 4]) for pid in range(1, 30)]
    wild.write_slice(tmp_path / "sorted" / "mpd.slice.0-999.json", rows)
    assert "sorted by the same key" in summarise(wild.imported(tmp_path / "sorted", "sorted").playlists()).order
