"""Spotify account data: playlists of one user, with entries that are not tracks."""

import pytest

URI = "spotify:track:{:022d}".format


def item(number=None, **others):
    track = number and {"trackName": f"T{number}", "artistName": "A", "albumName": "Al", "trackUri": URI(number)}
    return {"track": track, "episode": None, "localTrack": None, "addedDate": "2020-01-01"} | others


def playlist(name, *items):
    return {"name": name, "lastModifiedDate": "2023-01-01", "items": items, "description": None, "numberOfFollowers": 0}


LOCAL = item(localTrack={"uri": "spotify:local:A:B:C:100"})
EPISODE = item(episode={"episodeName": "E", "episodeUri": "spotify:episode:1"})
UNAVAILABLE = item(track={"trackName": None, "artistName": None, "albumName": None, "trackUri": None})


def test_playlists_are_numbered_and_other_entries_are_left_out_and_counted(as_json, read):
    first = playlist("Road trip", item(1), LOCAL, EPISODE, item(2), UNAVAILABLE)
    second = playlist("Road trip", item(2), item(1))
    result = read(as_json("Playlist1.json", {"playlists": [first, playlist("nothing", LOCAL), second]}))
    assert result.reader == "spotify-account"
    assert result.playlists == {0: ("Road trip", [URI(1), URI(2)]), 2: ("Road trip", [URI(2), URI(1)])}
    assert result.names == {URI(1): "T1", URI(2): "T2"}
    assert result.artists == {URI(1): ("", "A"), URI(2): ("", "A")}
    assert result.remarks == ["left out: 4 episodes, audiobooks, local files or unavailable tracks"]
    assert result.skipped == ["playlist 1: no track"]


@pytest.mark.parametrize("place", ["", "Spotify Account Data"])
def test_a_folder_gives_the_playlists_of_all_its_files_by_number(as_json, read, tmp_path, place):
    for number in (10, 2, 1):
        as_json(f"export/{place}/Playlist{number}.json", {"playlists": [playlist(f"P{number}", item(number))]})
    as_json(f"export/{place}/YourLibrary.json", {"tracks": []})
    titles = [title for title, _ in read(tmp_path / "export").playlists.values()]
    assert titles == ["P1", "P2", "P10"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"playlists": [{"name": "x"}]}, "missing required field `items` - at `$.playlists[0]`"),
        ({"playlists": [{"name": "x", "items": [{"track": {"trackUri": 5}}]}]}, "`$.playlists[0].items[0].track"),
        ({"playlists": []}, "holds no track"),
    ],
)
def test_a_fault_is_named_with_its_place(as_json, refusal, content, words):
    assert words in refusal(as_json("Playlist1.json", content))


def test_an_mpd_slice_is_not_taken_for_account_data(as_json, refusal):
    content = {"info": {}, "playlists": [{"name": "x", "pid": 0, "tracks": [{"track_uri": URI(1)}]}]}
    assert "has no known layout" in refusal(as_json("mpd.slice.0-999.json", content))
