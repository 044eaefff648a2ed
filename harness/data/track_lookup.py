"""Search for tracks and titles by URI, by words of a name, or by similarity."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from harness.data.track_ids import canonical_uri
from harness.kit.titles import title_key
from harness.rules import URI_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.types import Playlists

NEAREST = 3
"""Number of similar names suggested for an unknown one."""

LIKE_A_NAME, LIKE_A_URI = 60.0, 85.0
"""Lowest similarity, 0 to 100, at which a name or a URI is suggested."""

_DROPPED = "[\u0300-\u036f\u2019\u02bc'`]"
"""Combining accents, after decomposition, and apostrophes."""


class Lookup:
    """Search over the names of a corpus, which are normalised once on first use.

    Comparison ignores case, accents and apostrophes; runs of punctuation and blanks count as one blank. A search
    scans all names with polars; similar names come from RapidFuzz. Either takes a second or two among millions of
    names, where difflib would take minutes. Nothing is stored on disk.
    """

    def __init__(self, playlists: Playlists, table: pl.DataFrame | None = None) -> None:
        """Create a search over a corpus; nothing is read yet.

        Args:
            playlists: the corpus.
            table: its `StoredCorpus.track_table`, whose names, where known, replace those of the corpus.
        """
        self._playlists = playlists
        self._catalog = playlists.catalog
        self._table = pl.DataFrame() if table is None else table

    @property
    def n_tracks(self) -> int:
        """Number of tracks of the corpus."""
        return self._catalog.n_tracks

    @property
    def has_names(self) -> bool:
        """Whether any track has a name."""
        return "name" in self._table.columns or bool((self._catalog.tracks["name"] != "").any())

    def by_uri(self, text: str) -> int | None:
        """Return the track with this URI, identifier or open.spotify.com address; None if there is none."""
        identifier = canonical_uri(text, bare=False)
        uris = self._catalog.tracks["uri"]
        for uri in (identifier, URI_PREFIX + identifier):
            rows = (uris == uri).arg_true()
            if len(rows):
                return int(rows[0])
        return None

    def search(self, text: str) -> NDArray[np.int64]:
        """Find the tracks whose name and artist contain every word of the text, best first.

        Exact matches of the name, or of name and artist, come first, then names that contain the whole text, then all
        others; within each group, more frequent tracks come first.
        """
        query = comparable(pl.Series([text], dtype=pl.String))[0]
        if not query:
            return np.empty(0, np.int64)
        name, artist = pl.col("name"), pl.col("artist")
        both = pl.concat_str(name, artist, separator=" ")
        has_all_words = pl.all_horizontal(both.str.contains(word, literal=True) for word in query.split())
        exact = (name == query) | (both == query) | (pl.concat_str(artist, name, separator=" ") == query)
        padded = pl.concat_str(pl.lit(" "), name, pl.lit(" "))
        group = pl.when(exact).then(0).when(padded.str.contains(f" {query} ", literal=True)).then(1).otherwise(2)
        matches = self._names.with_row_index("track").filter(has_all_words).select("track", group.alias("group"))
        tracks = matches["track"].to_numpy().astype(np.int64)
        return tracks[np.lexsort((tracks, -self.n_playlists[tracks], matches["group"].to_numpy()))]

    def nearest_names(self, text: str) -> list[int]:
        """Tracks with the most similar name, alone or with the artist; among equal ones the most frequent."""
        query = comparable(pl.Series([text], dtype=pl.String))[0]
        both = pl.concat_str("name", "artist", separator=" ")
        texts = [*self._names["name"].to_list(), *self._names.select(both).to_series().to_list()]
        rows = [row % self._catalog.n_tracks for row in self._nearest(query, texts, LIKE_A_NAME)]
        return list(dict.fromkeys(rows))[:NEAREST]

    def nearest_uris(self, text: str) -> list[int]:
        """Tracks whose URI differs from the text by a few characters."""
        return self._nearest(text, self._catalog.tracks["uri"].to_list(), LIKE_A_URI)[:NEAREST]

    def has_title(self, title: str) -> bool:
        """Return whether a playlist has this normalised title."""
        return title_key(title) in self._titles

    def nearest_titles(self, title: str) -> list[tuple[str, int]]:
        """The most similar normalised titles, with their numbers of playlists."""
        from rapidfuzz import fuzz, process

        near = process.extract(
            title_key(title), list(self._titles), scorer=fuzz.ratio, limit=NEAREST, score_cutoff=LIKE_A_NAME
        )
        return [(name, self._titles[name]) for name, _, _ in near]

    def name(self, track: int) -> str:
        """Name of a track, or its URI if it has no name."""
        return self._text("name", track) or str(self._catalog.tracks["name"][track] or self.uri(track))

    def artist(self, track: int) -> str:
        """Name of a track's artist, "" if unknown."""
        return self._text("artist", track) or self._catalog.artist_names(np.array([track], np.int32))[0]

    def album(self, track: int) -> str:
        """Name of a track's album, "" if unknown."""
        album = int(self._catalog.album_of[track])
        return self._text("album", track) or (str(self._catalog.albums["name"][album] or "") if album >= 0 else "")

    def preview(self, track: int) -> str:
        """Preview link of a track, "" if unknown."""
        return self._text("preview", track)

    def details(self, track: int) -> dict[str, str]:
        """Further columns of the track table, without those that have no value for this track."""
        further = (name for name in self._table.columns if name not in ("name", "artist", "album", "preview"))
        return {name: text for name in further if (text := self._text(name, track))}

    @cached_property
    def with_preview(self) -> NDArray[np.bool_]:
        """Whether each track has a preview link, (n_tracks,)."""
        if "preview" not in self._table.columns:
            return np.zeros(self._catalog.n_tracks, np.bool_)
        return self._table["preview"].is_not_null().to_numpy()

    def uri(self, track: int) -> str:
        """URI of a track."""
        return str(self._catalog.tracks["uri"][track])

    def displayed(self) -> pl.DataFrame:
        """URI, name (the URI if unknown) and artist ("" if unknown) of every track, (n_tracks,)."""
        catalog = self._catalog
        artists = pl.concat([catalog.artists["name"], pl.Series([""], dtype=pl.String)])
        of_tracks = artists[np.where(catalog.artist_of < 0, len(artists) - 1, catalog.artist_of)]
        frame = pl.DataFrame({"uri": catalog.tracks["uri"], "name": catalog.tracks["name"], "artist": of_tracks})
        unknown = pl.lit(None, pl.String)
        table = {name: self._table[name] if name in self._table.columns else unknown for name in ("name", "artist")}
        return frame.with_columns(
            pl.coalesce(table["name"], pl.col("name").replace("", None), "uri").alias("name"),
            pl.coalesce(table["artist"], "artist", pl.lit("")).alias("artist"),
        )

    @cached_property
    def n_playlists(self) -> NDArray[np.int64]:
        """Number of entries of each track, (n_tracks,): its number of playlists, if no playlist repeats it."""
        return self._playlists.track_counts()

    @cached_property
    def _names(self) -> pl.DataFrame:
        artists = pl.concat([comparable(self._catalog.artists["name"]), pl.Series([""], dtype=pl.String)])
        of_tracks = artists[np.where(self._catalog.artist_of < 0, len(artists) - 1, self._catalog.artist_of)]
        names = pl.DataFrame({"name": comparable(self._catalog.tracks["name"]), "artist": of_tracks})
        replaced = [name for name in ("name", "artist") if name in self._table.columns]
        return names.with_columns(
            pl.select(pl.coalesce(pl.Series(name, _or_null(comparable(self._table[name]))), names[name])).to_series()
            for name in replaced
        )

    def _text(self, column: str, track: int) -> str:
        return str(self._table[column][track] or "") if column in self._table.columns else ""

    @cached_property
    def _titles(self) -> dict[str, int]:
        titles: dict[str, int] = {}
        for name, n in self._playlists.info["name"].fill_null("").value_counts(sort=True).iter_rows():
            if key := title_key(name):
                titles[key] = titles.get(key, 0) + n
        return titles

    def _nearest(self, query: str, texts: Sequence[str], cutoff: float) -> list[int]:
        from rapidfuzz import fuzz, process

        near = process.extract(query, texts, scorer=fuzz.ratio, limit=10 * NEAREST, score_cutoff=cutoff)
        n = self._catalog.n_tracks
        ranked = sorted((-similarity, -self.n_playlists[row % n], row) for _, similarity, row in near)
        return [row for _, _, row in ranked]


def _or_null(texts: pl.Series) -> pl.Series:
    return texts.replace("", None)


def comparable(names: pl.Series) -> pl.Series:
    """Normalise names: lower case, no accents or apostrophes, punctuation as blanks; pure punctuation is kept."""
    plain = names.fill_null("").str.normalize("NFKD").str.to_lowercase().str.replace_all(_DROPPED, "")
    keys = plain.str.replace_all(r"[\p{P}\p{Z}\s]+", " ").str.strip_chars(" ")
    return pl.select(pl.when(keys == "").then(names.fill_null("").str.strip_chars()).otherwise(keys)).to_series()
