"""Types passed between stages; an invalid value cannot be constructed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from harness.errors import DataError
from harness.notebook import ROWS_SHOWN, Shown, Tabular
from harness.ragged import NO_ID, Ids, Ragged, read_only

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

AUDIO_FEATURES = (
    *("danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness"),
    *("instrumentalness", "liveness", "valence", "tempo", "duration_ms", "time_signature"),
)
"""Audio features of a track, with the names of Spotify's API."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Catalog(Shown):
    """Every track, artist and album of a corpus; the row number is the id.

    Attributes:
        tracks: columns `uri`, `name`.
        artists: columns `uri`, `name`; where a source has no artist URI, the name identifies the artist.
        albums: columns `uri`, `name`.
        artist_of: primary artist of each track, (n_tracks,) int32, -1 where unknown.
        album_of: album of each track, (n_tracks,) int32, -1 where unknown.
        duration_ms: (n_tracks,) int32, 0 where unknown.
        audio: audio features, one row per track: those columns of `AUDIO_FEATURES` that are known, Float32, null where
            unknown; None for a corpus without. Runs give it only to recommenders that declare `uses_audio`,
            and only their keys depend on it.
    """

    tracks: pl.DataFrame
    artists: pl.DataFrame
    albums: pl.DataFrame
    artist_of: Ids
    album_of: Ids
    duration_ms: NDArray[np.int32]
    audio: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        """Check that every id has its row; raises DataError."""
        for name, n_rows in (
            ("artist_of", self.artists.height),
            ("album_of", self.albums.height),
            ("duration_ms", None),
        ):
            array = read_only(getattr(self, name), np.int32, 1, name)
            if len(array) != self.tracks.height:
                raise DataError(f"{name} has {len(array)} rows for {self.tracks.height} tracks")
            if n_rows is not None and len(array) and not NO_ID <= int(array.min()) <= int(array.max()) < n_rows:
                raise DataError(f"{name} names a row outside 0 to {n_rows - 1}")
            object.__setattr__(self, name, array)
        if self.audio is not None:
            _check_audio(self.audio, self.tracks.height)

    @property
    def n_tracks(self) -> int:
        """Number of tracks; ids lie below it."""
        return self.tracks.height

    def artist_names(self, tracks: Ids) -> list[str]:
        """Name of the artist of each track, empty where unknown, (m,)."""
        artists = self.artist_of[tracks]
        names = self.artists["name"].fill_null("")[np.maximum(artists, 0)] if self.n_artists else [""] * len(artists)
        return [name if artist != NO_ID else "" for name, artist in zip(names, artists.tolist(), strict=True)]

    def describe(self, tracks: Ids) -> pl.DataFrame:
        """URI, name and artist's name of each track, (m,) rows; an unknown artist is null."""
        series = type(self.artists["name"])  # polars is not imported here: its version is not part of a run's key
        artists = series(self.artist_of[tracks]).replace(NO_ID, None)
        named = self.tracks.select("uri", "name").rename({"uri": "track_uri", "name": "track_name"})[tracks]
        return named.with_columns(self.artists["name"].gather(artists).alias("artist_name"))

    def facts(self) -> dict[str, Any]:
        """Numbers of tracks, artists and albums, and of audio features."""
        counts = {"n_tracks": self.n_tracks, "n_artists": self.n_artists, "n_albums": self.n_albums}
        return counts | ({} if self.audio is None else {"n_audio_features": self.audio.width})

    @property
    def n_artists(self) -> int:
        """Number of artists."""
        return self.artists.height

    @property
    def n_albums(self) -> int:
        """Number of albums."""
        return self.albums.height


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Playlists(Tabular):
    """Complete playlists, one per row.

    Attributes:
        info: one row per playlist; `pid` (int64, distinct) and `name` (text, may be empty) always,
            `num_followers`, `modified_at` and the MPD's other fields where the source has them.
        tracks: the entries of each playlist in playlist order; a track may occur twice.
        catalog: tracks of the ids.
    """

    info: pl.DataFrame
    tracks: Ragged
    catalog: Catalog

    def __post_init__(self) -> None:
        """Check that rows and ids agree; raises DataError."""
        _check_rows(self.info, ("name",), {"tracks": self.tracks}, self.catalog)

    def __len__(self) -> int:
        return len(self.tracks)

    def take(self, rows: NDArray[Any]) -> Playlists:
        """The playlists of these rows, (m,) integer or (n,) bool, over the same catalog."""
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Playlists(self.info[rows], self.tracks.take(rows), self.catalog)

    def facts(self) -> dict[str, Any]:
        """Numbers of playlists, entries and tracks."""
        return {"n_playlists": len(self), "n_entries": len(self.tracks.values), "n_tracks": self.catalog.n_tracks}

    def to_polars(self) -> pl.DataFrame:
        """One row per entry: pid, title, position from 0, URI and name of the track, name of its artist."""
        return _entry_table(self.info, self.tracks, self.catalog)

    def first_rows(self) -> pl.DataFrame:
        """The first entries, without making the whole table."""
        return self.take(np.arange(min(len(self), ROWS_SHOWN))).to_polars().head(ROWS_SHOWN)

    def track_counts(self) -> NDArray[np.int64]:
        """Number of entries of each track, (n_tracks,)."""
        return np.bincount(self.tracks.values, minlength=self.catalog.n_tracks)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Challenge(Tabular):
    """Incomplete playlists, one per row, without their withheld tracks.

    Attributes:
        info: `pid` (int64, distinct), `name` (text, null where hidden), `num_holdouts` (int64, how many
            tracks are withheld: public in the contest), `category` (1 to 10, or 0 for any other kind).
        seeds: the seed tracks in playlist order.
        catalog: begins with the rows of the training catalog; tracks unknown to it follow.
    """

    info: pl.DataFrame
    seeds: Ragged
    catalog: Catalog

    def __post_init__(self) -> None:
        """Check that rows and ids agree; raises DataError."""
        _check_rows(self.info, ("name", "num_holdouts", "category"), {"seeds": self.seeds}, self.catalog)

    def __len__(self) -> int:
        return len(self.seeds)

    def take(self, rows: NDArray[Any]) -> Challenge:
        """The incomplete playlists of these rows, (m,) integer or (n,) bool, over the same catalog."""
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Challenge(self.info[rows], self.seeds.take(rows), self.catalog)

    def facts(self) -> dict[str, Any]:
        """Numbers of playlists, seeds and tracks, and the categories."""
        categories = np.unique(self.categories).tolist()
        counts = {"n_playlists": len(self), "n_seeds": len(self.seeds.values), "n_tracks": self.catalog.n_tracks}
        return counts | {"categories": categories}

    def to_polars(self) -> pl.DataFrame:
        """One row per seed: pid, title, position from 0, URI and name of the track, name of its artist."""
        return _entry_table(self.info, self.seeds, self.catalog)

    def first_rows(self) -> pl.DataFrame:
        """The first seeds, without making the whole table."""
        rows = np.flatnonzero(self.seeds.lengths)[:ROWS_SHOWN]
        return self.take(rows).to_polars().head(ROWS_SHOWN)

    @property
    def pids(self) -> NDArray[np.int64]:
        """The playlists' numbers, (n,)."""
        return self.info["pid"].to_numpy()

    @property
    def categories(self) -> NDArray[np.int64]:
        """The playlists' categories, (n,): 1 to 10, or 0."""
        categories: NDArray[np.int64] = self.info["category"].to_numpy().astype(np.int64)
        return categories

    @property
    def names(self) -> list[str]:
        """The playlists' titles, (n,); an empty text where there is none or it is hidden."""
        return [name or "" for name in self.info["name"].to_list()]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Split(Shown):
    """A training set, a challenge, and the withheld tracks of its playlists.

    The training set may contain a playlist of the challenge without its withheld tracks.

    Attributes:
        train: the playlists for training.
        challenge: the incomplete playlists.
        withheld: row i holds the distinct tracks withheld from row i of `challenge`, in playlist order.
    """

    train: Playlists
    challenge: Challenge
    withheld: Ragged

    def __post_init__(self) -> None:
        """Check that nothing leaks and that rows agree; raises DataError."""
        _check_rows(self.challenge.info, (), {"withheld": self.withheld}, self.challenge.catalog)
        pids, train_pids = self.challenge.pids, self.train.info["pid"].to_numpy()
        _, in_train, in_challenge = np.intersect1d(train_pids, pids, assume_unique=True, return_indices=True)
        known, withheld = self.train.tracks.take(in_train), self.withheld.take(in_challenge)
        leaked = np.intersect1d(known.pairs, withheld.pairs)
        if len(leaked):
            pid = pids[in_challenge[leaked[0] >> 32]]
            raise DataError(f"playlist {pid} of the challenge is in the training set with a track withheld from it")

    def facts(self) -> dict[str, Any]:
        """Numbers of playlists and of withheld tracks, never the tracks."""
        counts = {"n_train": len(self.train), "n_playlists": len(self.challenge)}
        return counts | {"n_withheld": len(self.withheld.values)}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ranked(Shown):
    """Ranked lists, one per row, best first; a short list ends in -1.

    Attributes:
        tracks: (n, k) int32.
        scores: (n, k) float32; the score of a -1 is ignored.
    """

    tracks: Ids
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Check type and shape; raises DataError. The content is checked by `harness.run.contract`."""
        tracks = read_only(self.tracks, np.int32, 2, "tracks")
        scores = read_only(self.scores, np.float32, 2, "scores")
        if tracks.shape != scores.shape:
            raise DataError(f"tracks are of shape {tracks.shape}, scores of shape {scores.shape}")
        object.__setattr__(self, "tracks", tracks)
        object.__setattr__(self, "scores", scores)

    @classmethod
    def empty(cls, n: int, k: int) -> Self:
        """Create n empty lists."""
        return cls(np.full((n, k), NO_ID, np.int32), np.zeros((n, k), np.float32))

    def __len__(self) -> int:
        return len(self.tracks)

    def facts(self) -> dict[str, Any]:
        """Number of lists, and their greatest length."""
        return {"n_lists": len(self), "k": self.tracks.shape[1]}

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of tracks in each list, (n,)."""
        lengths: NDArray[np.int64] = np.count_nonzero(self.tracks != NO_ID, axis=1)
        return lengths


def _entry_table(info: pl.DataFrame, rows: Ragged, catalog: Catalog) -> pl.DataFrame:
    """One row per entry of the playlists in `info`."""
    playlists = info.select("pid", "name").rename({"name": "title"})[rows.row_ids]
    positions = type(info["pid"])("position", rows.places)
    return playlists.with_columns(positions).hstack(catalog.describe(rows.values))


def _check_audio(audio: pl.DataFrame, n_tracks: int) -> None:
    if audio.height != n_tracks:
        raise DataError(f"audio features have {audio.height} rows for {n_tracks} tracks")
    for name, dtype in audio.schema.items():
        if name not in AUDIO_FEATURES or str(dtype) != "Float32":
            raise DataError(f"audio features have a column {name!r} of {dtype}, not Float32 and one of Spotify's names")


def _check_rows(info: pl.DataFrame, columns: tuple[str, ...], rows: dict[str, Ragged], catalog: Catalog) -> None:
    missing = [column for column in ("pid", *columns) if column not in info.columns]
    if missing:
        raise DataError(f"info lacks the column {missing[0]!r}")
    read_only(info["pid"].to_numpy(), np.int64, 1, "pid")
    if info["pid"].n_unique() != info.height:
        raise DataError("two playlists have the same pid")
    for name, ragged in rows.items():
        if len(ragged) != info.height:
            raise DataError(f"{name} has {len(ragged)} rows for {info.height} playlists")
        if len(ragged.values) and int(ragged.values.max()) >= catalog.n_tracks:
            raise DataError(f"{name} names track {int(ragged.values.max())}, the catalog has {catalog.n_tracks}")
