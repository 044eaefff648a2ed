"""Reading of files of any origin: the fast and the general parser, and their agreement."""

import gzip
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.data.catalog_entries import track_ids
from harness.errors import SubmissionError
from harness.ragged import NO_ID
from harness.rules import URI_DIGITS
from harness.submission.content import Content, read_content
from harness.submission.matching import TrackIndex, odd_uris
from harness.submission.reader import read_regular, read_submission
from harness.submission.validate import validate
from harness.types import Catalog, Challenge

STRANGERS = ["spotify:track:" + letter * URI_DIGITS for letter in "zA0"]
"""In an order that is not that of their letters."""


def written(tmp_path, data, name="s.csv"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def uri_of(submission):
    return submission.challenge.catalog.tracks["uri"].to_numpy()[submission.tracks]


def lines_of(valid):
    first, *rows = valid.decode().splitlines()
    return first, rows


def joined(first, rows):
    return "".join(f"{line}\n" for line in (first, *rows)).encode()


def test_rows_in_any_order_are_put_into_the_challenge_s_order(valid, challenge, tracks, tmp_path):
    first, rows = lines_of(valid)
    read = read_submission(written(tmp_path, joined(first, rows[::-1])), challenge)
    assert np.array_equal(read.submission.tracks, tracks)
    assert read.submission.challenge is challenge


def test_gzip_is_known_by_its_first_bytes_not_by_its_name(valid, challenge, tracks, tmp_path):
    packed = written(tmp_path, gzip.compress(valid), "s.csv")
    plain = written(tmp_path, valid, "s.csv.gz")
    several = written(tmp_path, gzip.compress(valid[:1000]) + gzip.compress(valid[1000:]), "several")
    for path in (packed, plain, several):
        assert np.array_equal(read_submission(path, challenge).submission.tracks, tracks)


@pytest.mark.parametrize(
    "spread",
    [
        lambda text: text.replace(",", ", "),
        lambda text: f"# by hand\n\n{text}",
        lambda text: text.replace("\n", "\n#\n\n"),
        lambda text: text.removesuffix("\n"),
    ],
)
def test_spaces_after_commas_comments_and_empty_lines_are_regular(spread, valid, challenge, tracks):
    regular = read_regular(Content(spread(valid.decode()).encode()), challenge)
    assert regular is not None
    assert np.array_equal(regular.submission.tracks, tracks)


@pytest.mark.parametrize(
    "spread",
    [
        lambda text: text.replace(",spotify", " , spotify"),
        lambda text: text.replace("\n", " \n"),
        lambda text: f" {text}",
        lambda text: text.replace(",", "  ,", 3000),
    ],
)
def test_blanks_anywhere_else_are_read_all_the_same(spread, valid, challenge, tracks, tmp_path):
    data = spread(valid.decode()).encode()
    assert np.array_equal(read_submission(written(tmp_path, data), challenge).submission.tracks, tracks)


@pytest.mark.parametrize("blank", ["", "  "], ids=["the quick way", "the patient way"])
def test_unknown_tracks_get_ids_after_those_of_the_catalog(blank, valid, challenge, submission, tmp_path):
    first, rows = lines_of(valid)
    fields = rows[3].split(",")
    fields[5], fields[8], fields[9] = STRANGERS
    rows[3] = ",".join(fields)
    rows[7] = ",".join([*rows[7].split(",")[:-1], STRANGERS[0]])
    rows[0] += blank
    read = read_submission(written(tmp_path, joined(first, rows)), challenge)
    assert (read.n_unknown_tracks, read.n_unknown_entries) == (3, 4)
    uris = uri_of(submission)
    uris[3, [4, 7, 8]], uris[7, -1] = STRANGERS, STRANGERS[0]
    assert np.array_equal(uri_of(read.submission), uris)
    catalog, n_known = read.submission.challenge.catalog, challenge.catalog.n_tracks
    assert catalog.tracks["uri"][:n_known].equals(challenge.catalog.tracks["uri"])
    assert catalog.tracks["uri"][n_known:].to_list() == sorted(STRANGERS)
    assert catalog.artist_of[n_known:].tolist() == catalog.album_of[n_known:].tolist() == [NO_ID] * 3


def test_a_track_of_the_corpus_may_have_a_uri_of_its_own_form(challenge, tracks, valid, tmp_path):
    uris = challenge.catalog.tracks["uri"].to_list()
    odd = int(tracks[4, 2])
    data = valid.replace(uris[odd].encode(), b"local:odd")
    uris[odd] = "local:odd"
    frame = pl.DataFrame({"uri": uris, "name": challenge.catalog.tracks["name"]})
    of_odd = Challenge(challenge.info, challenge.seeds, replace(challenge.catalog, tracks=frame))
    assert odd_uris(of_odd.catalog) == {"local:odd"}
    assert np.array_equal(read_submission(written(tmp_path, data), of_odd).submission.tracks, tracks)


@pytest.mark.parametrize(
    "uri",
    [
        "spotify:local:Artist:Album:Title:123",
        "spotify:episode:" + "0" * URI_DIGITS,
        "https://open.spotify.com/track/" + "0" * URI_DIGITS,
    ],
)
def test_a_uri_that_is_not_a_track_is_refused_even_if_the_corpus_has_it(uri, challenge, tracks, valid, tmp_path):
    uris = challenge.catalog.tracks["uri"].to_list()
    odd = int(tracks[4, 2])
    data = valid.replace(uris[odd].encode(), uri.encode())
    uris[odd] = uri
    frame = pl.DataFrame({"uri": uris, "name": challenge.catalog.tracks["name"]})
    of_odd = Challenge(challenge.info, challenge.seeds, replace(challenge.catalog, tracks=frame))
    path = written(tmp_path, data)
    code = "web-address" if uri.startswith("https") else "not-a-track"
    assert code in validate(path, of_odd).totals
    with pytest.raises(SubmissionError, match=code):
        read_submission(path, of_odd)


def test_a_uri_with_other_characters_than_base_62_is_not_regular(challenge, tracks, valid, tmp_path):
    uris = challenge.catalog.tracks["uri"].to_list()
    odd = int(tracks[4, 2])
    uri = "spotify:track:" + "%" * URI_DIGITS
    data = valid.replace(uris[odd].encode(), uri.encode())
    uris[odd] = uri
    frame = pl.DataFrame({"uri": uris, "name": challenge.catalog.tracks["name"]})
    of_odd = Challenge(challenge.info, challenge.seeds, replace(challenge.catalog, tracks=frame))
    assert read_regular(Content(data), of_odd) is None
    assert np.array_equal(read_submission(written(tmp_path, data), of_odd).submission.tracks, tracks)


def test_the_first_faults_are_named_and_the_others_counted(valid, challenge, tmp_path):
    first, rows = lines_of(valid)
    rows[2:7] = [row.rpartition(",")[0] for row in rows[2:7]]
    path = written(tmp_path, joined(first, rows))
    named = ". ".join(
        f"line {row + 2}, playlist {challenge.pids[row]}: the list has 499 tracks [too-few-tracks]" for row in (2, 3, 4)
    )
    with pytest.raises(SubmissionError) as error:
        read_submission(path, challenge)
    assert (
        str(error.value)
        == f"{path} breaks the rules: {named}. 2 more faults; `harness validate` with the same options shows all"
    )


def test_a_file_that_is_not_there_is_one_line(challenge, tmp_path):
    with pytest.raises(SubmissionError, match=r"^no submission .*nowhere\.csv: name a file, plain text or gzip$"):
        read_submission(tmp_path / "nowhere.csv", challenge)
    with pytest.raises(SubmissionError, match=r"^no submission "):
        read_submission(tmp_path, challenge)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), n_strangers=st.integers(0, 40))
def test_the_fast_and_the_full_reader_agree(seed, n_strangers, challenge, tracks, tmp_path):
    rng = np.random.default_rng(seed)
    uris = challenge.catalog.tracks["uri"].to_numpy()[tracks]
    digits = rng.integers(0, 10, (n_strangers, URI_DIGITS))
    places = rng.permutation(uris.size)[:n_strangers]
    uris.ravel()[places] = ["spotify:track:" + "".join(map(str, row)) for row in digits.tolist()]
    order = rng.permutation(len(uris))
    lines = [f"{challenge.pids[row]},{','.join(rng.permutation(uris[row]))}" for row in order]
    data = joined("team_info,we,we@example.org", lines)
    quick = read_regular(Content(data), challenge)
    patient = read_submission(written(tmp_path, data.removesuffix(b"\n") + b" \n"), challenge)
    assert quick is not None
    assert np.array_equal(quick.submission.tracks, patient.submission.tracks)
    assert quick.submission.challenge.catalog.tracks.equals(patient.submission.challenge.catalog.tracks)
    assert (quick.n_unknown_tracks, quick.n_unknown_entries) == (patient.n_unknown_tracks, patient.n_unknown_entries)
    assert read_content(tmp_path / "s.csv").data[-2:] == b" \n"


def test_the_index_finds_what_a_join_finds(challenge):
    uris = challenge.catalog.tracks["uri"]
    queries = pl.concat([uris.sample(3000, with_replacement=True, seed=1), pl.Series("uri", STRANGERS)])
    words = np.frombuffer("".join(uri[-24:] for uri in queries.to_list()).encode(), "<u8").reshape(-1, 3)
    assert np.array_equal(TrackIndex(challenge.catalog).ids(words), track_ids(challenge.catalog, queries))


def test_the_index_of_colliding_slots_still_finds_each(challenge, monkeypatch):
    monkeypatch.setattr("harness.submission.matching._ROOM", 1)
    monkeypatch.setattr("harness.submission.matching._FACTORS", np.ones(3, np.uint64))
    test_the_index_finds_what_a_join_finds(challenge)


def test_the_index_of_an_empty_catalog_finds_nothing(challenge):
    catalog = challenge.catalog
    nothing = catalog.artist_of[:0]
    empty = Catalog(catalog.tracks[:0], catalog.artists, catalog.albums, nothing, nothing, nothing)
    assert TrackIndex(empty).ids(np.zeros((2, 3), np.uint64)).tolist() == [NO_ID, NO_ID]
