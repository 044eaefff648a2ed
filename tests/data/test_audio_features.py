"""A file of audio features is joined to a corpus by any track key; absent values are unknown."""

import gzip
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from harness.data import layout, store
from harness.data.audio_features import KEYS, coverage, join_features
from harness.data.catalog_entries import extend
from harness.data.mpd.schema import Entry
from harness.errors import DataError


@pytest.fixture
def bare(handmade):
    """A corpus of three tracks, the first in two playlists, without features."""
    playlists = handmade([[0, 1], [0, 2, 2]])
    catalog = playlists.catalog
    catalog = type(catalog)(
        *(getattr(catalog, name) for name in ("tracks", "artists", "albums", "artist_of", "album_of", "duration_ms"))
    )
    return store.write_corpus(type(playlists)(playlists.info, playlists.tracks, catalog), "bare", {"kind": "test"})


def uri(track):
    return f"spotify:track:{track:022d}"


def features_of(corpus):
    return store.open_corpus(corpus.name).playlists().catalog.audio


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("prefix", ["spotify:track:", ""])
def test_the_track_is_identified_by_uri_or_id(bare, tmp_path, key, prefix):
    file = tmp_path / "features.csv"
    file.write_text(f"{key},name,Energy,key\n{prefix}{2:022d},x,0.5,11\n{prefix}{9:022d},x,0.1,1\n")
    joined = join_features(bare, file)
    expected = pl.DataFrame(
        {"energy": [None, None, 0.5], "key": [None, None, 11]},
        schema_overrides=dict.fromkeys(("energy", "key"), pl.Float32),
    )
    assert joined.playlists().catalog.audio.select("energy", "key").equals(expected)
    assert features_of(bare).equals(joined.playlists().catalog.audio)
    assert joined.fingerprint == bare.fingerprint


def test_gzip_and_parquet_give_the_same(bare, tmp_path):
    content = f"id,tempo\n{0:022d},120.5\n{1:022d},90\n"
    (tmp_path / "features.csv.gz").write_bytes(gzip.compress(content.encode()))
    frame = pl.DataFrame({"id": [uri(0), uri(1)], "tempo": [120.5, 90.0]})
    frame.write_parquet(tmp_path / "features.parquet")
    packed = join_features(bare, tmp_path / "features.csv.gz").playlists().catalog.audio
    assert packed["tempo"].to_list() == [120.5, 90, None]
    assert join_features(bare, tmp_path / "features.parquet").playlists().catalog.audio.equals(packed)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_than_the_comma_is_read(bare, tmp_path, separator):
    (tmp_path / "features.csv").write_text(f"id,tempo,key\n{0:022d},120.5,1\n".replace(",", separator))
    audio = join_features(bare, tmp_path / "features.csv").playlists().catalog.audio
    assert audio.row(0, named=True) == {"key": 1, "tempo": 120.5}


def test_the_first_row_of_a_track_is_used_and_non_numbers_are_unknown(bare, tmp_path):
    file = tmp_path / "features.csv"
    rows = [f"{uri(0)},0.25,", f"{uri(0)},0.75,", f"{uri(1)},n/a,", f"{uri(2)},inf,"]
    file.write_text("\n".join(["track_uri,valence,mode", *rows]))
    joined = join_features(bare, file).playlists()
    assert joined.catalog.audio.columns == ["valence"]
    assert joined.catalog.audio["valence"].to_list() == [0.25, None, None]
    covered = coverage(joined)
    assert (covered.n_known_tracks, covered.n_tracks, covered.n_known_entries, covered.n_entries) == (1, 3, 2, 5)
    assert "mode" in covered.missing


def noted(corpus, file):
    """Warnings of a join, and the stored features."""
    lines = []
    return lines, join_features(corpus, file, lines.append).playlists().catalog.audio


def test_values_that_are_no_numbers_are_reported(bare, tmp_path):
    file = tmp_path / "features.csv"
    rows = [f"{uri(0)},120,0.5", f"{uri(1)},fast,nan", f"{uri(2)},90,inf"]
    file.write_text("\n".join(["id,tempo,energy", *rows]))
    lines, audio = noted(bare, file)
    track = f"row 2, track '{1:022d}'"
    assert lines == [
        f"warning: energy: 2 values are no numbers and count as unknown ({track}: 'nan')",
        f"warning: tempo: 1 value is no number and counts as unknown ({track}: 'fast')",
    ]
    assert audio.select("energy", "tempo").rows() == [(0.5, 120.0), (None, None), (None, 90.0)]


def test_values_out_of_range_are_reported_and_stored(bare, tmp_path):
    file = tmp_path / "features.csv"
    rows = [f"{uri(0)},75,-1,-200,0", f"{uri(1)},-0.5,12,7,120", f"{uri(2)},1,11,-7,-3"]
    file.write_text("\n".join(["id,energy,key,loudness,tempo", *rows]))
    lines, audio = noted(bare, file)
    tracks = [f"row {i + 1}, track '{i:022d}'" for i in range(3)]
    assert lines == [
        f"warning: energy: 2 values are outside 0 to 1, and used unchanged ({tracks[0]}: '75'); correct the file",
        f"warning: key: 1 value is outside -1 to 11, and used unchanged ({tracks[1]}: '12'); correct the file",
        f"warning: tempo: 1 value is below 0, and used unchanged ({tracks[2]}: '-3'); correct the file",
    ]
    assert audio["energy"].to_list() == [75, -0.5, 1]


@pytest.mark.parametrize("value", ["0,748", "-1,5", "210,000", "1,210,000.5"])
def test_a_number_with_a_comma_is_refused(bare, tmp_path, value):
    (tmp_path / "features.csv").write_text(f"id;energy\n{uri(0)};0.5\n{uri(1)};{value}\n")
    with pytest.raises(DataError) as error:
        join_features(bare, tmp_path / "features.csv")
    assert str(error.value).endswith(
        f"energy has numbers with commas (row 2, track '{1:022d}': '{value}'); "
        "write numbers with a decimal point and without separators of thousands"
    )


@pytest.mark.parametrize(
    ("energy", "words"),
    [
        ([[0.1], [0.2], [0.3]], "column 'energy' holds List(Float64), not one number or text per row; convert or"),
        ([datetime(2020, 1, 1, tzinfo=UTC)] * 3, "column 'energy' holds Datetime("),
        ([None] * 3, "has no feature of any track of corpus 'bare'; write its features as numbers"),
        (["high"] * 3, f"(energy: 3 values are no numbers and count as unknown (row 1, track '{0:022d}': 'high')); "),
    ],
    ids=str,
)
def test_a_column_of_another_type_is_named(bare, tmp_path, energy, words):
    pl.DataFrame({"id": [uri(0), uri(1), uri(2)], "energy": energy}).write_parquet(tmp_path / "features.parquet")
    with pytest.raises(DataError) as error:
        join_features(bare, tmp_path / "features.parquet")
    assert words in str(error.value)


def test_a_corpus_without_features_has_no_coverage(bare):
    assert coverage(bare.playlists()) is None


def test_synthetic_corpora_have_features_of_every_track(playlists):
    covered = coverage(playlists)
    assert covered.n_known_tracks == covered.n_tracks == playlists.catalog.n_tracks
    assert covered.missing == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name,energy\nx,1\n", "no column identifies the track; name one track_uri, uri, track_id, id"),
        (f"id,loud\n{uri(0)},1\n", "no column is one of danceability"),
        (f"id,energy\n{uri(7)},1\n", "has no feature of any track of corpus 'bare'"),
        ("", "cannot be read"),
        ("PAR1 and nothing else", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_joined_gives_one_line(bare, tmp_path, content, words):
    file = tmp_path / "features.csv"
    if content is not None:
        file.write_text(content)
    with pytest.raises(DataError) as error:
        join_features(bare, file)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert features_of(bare) is None


def test_features_of_a_corpus_that_was_replaced_are_refused(bare, handmade):
    store.write_corpus(handmade([[0], [0, 1]]), "bare", {"kind": "test"})
    with pytest.raises(DataError, match="was replaced meanwhile"):
        store.write_audio(bare, pl.DataFrame({"energy": [1.0] * 3}, schema={"energy": pl.Float32}))


def test_damaged_features_are_reported(corpus):
    next(corpus.folder.glob("audio-*.arrow")).write_bytes(b"ARROW1")
    with pytest.raises(DataError, match=r"^corpus 'small' in .* is damaged"):
        store.open_corpus("small").playlists()


def test_tracks_added_to_a_catalog_have_no_features(playlists):
    longer, _ = extend(playlists.catalog, [Entry(track_uri="spotify:track:new")])
    assert longer.audio.height == longer.n_tracks
    assert longer.audio[-1].null_count().sum_horizontal().item() == longer.audio.width


def test_features_have_a_separate_fingerprint(bare, playlists):
    first = layout.audio_fingerprint(playlists.catalog)
    assert layout.audio_fingerprint(bare.playlists().catalog) == ""
    catalog = playlists.catalog
    changed = catalog.audio.with_columns(energy=pl.Series(np.zeros(catalog.n_tracks), dtype=pl.Float32))
    other = type(catalog)(
        *(getattr(catalog, name) for name in ("tracks", "artists", "albums", "artist_of", "album_of", "duration_ms")),
        changed,
    )
    assert layout.audio_fingerprint(other) != first
    assert layout.fingerprint(type(playlists)(playlists.info, playlists.tracks, other)) == layout.fingerprint(playlists)
