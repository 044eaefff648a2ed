"""Types passed between stages; an invalid value cannot be constructed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError
from harness.notebook import ROWS_SHOWN, Shown, Tabular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import polars as pl
    from scipy.sparse import csr_array

Ids = NDArray[np.int32]
"""Catalog rows."""

NO_ID = -1
"""Placeholder for no track, artist or album: the end of a short list, an unknown artist."""

AUDIO_FEATURES = (
    *("danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness"),
    *("instrumentalness", "liveness", "valence", "tempo", "duration_ms", "time_signature"),
)
"""Audio features of a track, with the names of Spotify's API."""


def pairs_of(rows: NDArray[np.integer], ids: Ids) -> NDArray[np.int64]:
    """Each (row, id) as one number, (m,), ordered by row, then id; `number >> 32` is the row."""
    return (rows.astype(np.int64) << 32) | ids


def read_only(array: NDArray[Any], dtype: type[np.generic], ndim: int, what: str) -> NDArray[Any]:
    """A read-only view of `array`; DataError if it has another type or number of dimensions."""
    view = np.asarray(array)
    if view.dtype != np.dtype(dtype) or view.ndim != ndim:
        message = f"{what} must be {ndim}-dimensional {np.dtype(dtype)}, not {view.ndim}-dimensional {view.dtype}"
        raise DataError(message)
    view = view.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ragged(Shown):
    """Rows of different lengths, stored contiguously (as in CSR).

    Attributes:
        indptr: (n + 1,) int64; row i is `values[indptr[i]:indptr[i + 1]]`.
        values: (total,) int32, never negative; the order within a row is kept.
    """

    indptr: NDArray[np.int64]
    values: Ids

    def __post_init__(self) -> None:
        """Check the layout; raises DataError."""
        indptr = read_only(self.indptr, np.int64, 1, "indptr")
        values = read_only(self.values, np.int32, 1, "values")
        if len(indptr) == 0 or indptr[0] != 0 or indptr[-1] != len(values) or bool((np.diff(indptr) < 0).any()):
            raise DataError(f"indptr must rise from 0 to {len(values)}, the number of values")
        if len(values) and int(values.min()) < 0:
            raise DataError("values must be catalog rows, 0 or above")
        object.__setattr__(self, "indptr", indptr)
        object.__setattr__(self, "values", values)

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[int] | NDArray[Any]]) -> Self:
        """Join sequences of ids, one per row."""
        arrays = [np.asarray(row, dtype=np.int32) for row in rows]
        lengths = np.fromiter((len(array) for array in arrays), np.int64, len(arrays))
        values = np.concatenate(arrays) if arrays else np.empty(0, np.int32)
        return cls.from_lengths(lengths, values)

    @classmethod
    def empty(cls, n: int) -> Self:
        """Create n empty rows."""
        return cls(np.zeros(n + 1, np.int64), np.empty(0, np.int32))

    @classmethod
    def from_lengths(cls, lengths: NDArray[Any], values: NDArray[Any]) -> Self:
        """Cut `values`, (total,), into rows of `lengths`, (n,)."""
        indptr = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=indptr[1:])
        return cls(indptr, np.ascontiguousarray(values, np.int32))

    @classmethod
    def from_lists(cls, lists: Ids) -> Self:
        """The tracks of lists, (n, k), without -1."""
        held = lists != NO_ID
        return cls.from_lengths(held.sum(axis=1), lists[held])

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def facts(self) -> dict[str, Any]:
        """Numbers of rows and values."""
        return {"n_rows": len(self), "n_values": len(self.values)}

    def row(self, i: int) -> Ids:
        """Row i, a view."""
        return self.values[self.indptr[i] : self.indptr[i + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Length of each row, (n,)."""
        return np.diff(self.indptr)

    @property
    def row_ids(self) -> Ids:
        """The row of each value, (total,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.lengths)

    @property
    def places(self) -> NDArray[np.int64]:
        """Position of each value in its row, from 0, (total,)."""
        return np.arange(len(self.values)) - np.repeat(self.indptr[:-1], self.lengths)

    @property
    def pairs(self) -> NDArray[np.int64]:
        """Each (row, value) as one number, see `pairs_of`, (total,)."""
        return pairs_of(self.row_ids, self.values)

    @property
    def is_repeat(self) -> NDArray[np.bool_]:
        """Whether each value also occurs earlier in its row, (total,)."""
        repeats = np.ones(len(self.values), np.bool_)
        repeats[np.unique(self.pairs, return_index=True)[1]] = False
        return repeats

    def take(self, rows: NDArray[Any]) -> Ragged:
        """The rows of these numbers, in that order: `rows` is (m,) integer or (n,) bool."""
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        lengths = self.lengths[rows]
        starts = self.indptr[:-1][rows]
        ends = np.cumsum(lengths)
        picks = np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)
        return Ragged.from_lengths(lengths, self.values[picks])

    def keep(self, mask: NDArray[np.bool_]) -> Ragged:
        """The values where `mask`, (total,), is true; no row is removed, some may become empty."""
        n_before = np.zeros(len(self.values) + 1, np.int64)
        np.cumsum(mask, out=n_before[1:])
        return Ragged(n_before[self.indptr], self.values[mask])

    def matrix(self, n_columns: int) -> csr_array:
        """The binary matrix of the rows, (n, n_columns) float32 CSR, sorted, duplicates merged."""
        from scipy.sparse import csr_array

        data = np.ones(len(self.values), np.float32)
        matrix = csr_array((data, self.values, self.indptr), shape=(len(self), n_columns), copy=True)
        matrix.sum_duplicates()
        matrix.data[:] = 1
        return matrix


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


@runtime_checkable
class Recommender(Protocol):
    """Interface of a recommender; a dataclass whose fields are its hyper-parameters.

    Its decorator declares its traits: see `harness.registry.RecommenderTraits`.
    """

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Learn from the training set; the challenge is public, so its seeds and titles may be used."""

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """At most k tracks per playlist, best first: distinct, no seeds, ids below `train.catalog.n_tracks`."""


@runtime_checkable
class ScoresCandidates(Protocol):
    """Optional: a recommender that can score given tracks."""

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,), equal to those of `recommend`."""


@runtime_checkable
class Persistent(Protocol):
    """Optional: a recommender whose fitted state can be saved as arrays and text, never as pickles.

    A recommender with components is saved only if every component is persistent as well.
    """

    def save(self, folder: Path) -> None:
        """Save the fitted state in the folder."""

    def load(self, folder: Path) -> None:
        """Load the fitted state; the lists are then the same."""


@runtime_checkable
class Divisible(Protocol):
    """Optional: a recommender whose `fit` has parts that several processes can make before it.

    `fit` gives the same model whether they were made before or not.
    """

    def preparations(self, train: Playlists, challenge: Challenge) -> Sequence[Mapping[str, Callable[[], object]]]:
        """Parts of `fit` by name, in stages; the parts of one stage are independent, and need those of earlier stages.

        Each stores its result by `harness.kit.part`, where `fit` finds it. A name consists of letters, digits, - and _,
        and is distinct among all stages.
        """


class Keepable(Recommender, Persistent, Protocol):
    """A recommender that can be fitted, saved and loaded."""


@runtime_checkable
class HasTrackVectors(Protocol):
    """Optional: a factor model, in which similar tracks have vectors with a high cosine."""

    def track_vectors(self) -> NDArray[np.float32]:
        """Vectors of the tracks, (n_tracks, n_factors); 0 for a track without one."""


@runtime_checkable
class HasSummary(Protocol):
    """Optional: a recommender whose fitted model has a summary for readers, e.g. the weights of a blend."""

    @property
    def summary(self) -> dict[str, Any]:
        """Summary of the fitted model, as JSON; a run's record keeps it."""


@runtime_checkable
class HasTraining(Protocol):
    """Optional: a recommender that trains a network has its layers and learning curves."""

    @property
    def training(self) -> dict[str, Any]:
        """Content of `Training` as JSON; a run's record keeps it.

        `layers`: name -> shape; `epochs`: for each, `loss`, `accuracy`, `held_out_loss` and `held_out_accuracy`, where
        all but the first may be absent; `kept`: number of the epoch whose parameters are used, from 1.
        """


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
