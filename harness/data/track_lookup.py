"""Tracks and titles found by what a person types: a URI, words of a name in any script, or what comes nearest."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from harness.rules import URI_DIGITS, URI_PREFIX
from harness.titles import title_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.types import Playlists

NEAREST = 3
"""Names told of what was not found."""

LIKE_A_NAME, LIKE_A_URI = 60.0, 85.0
"""Similarity, of 100, below which a name or a URI is not called near."""

_DROPPED = "[\u0300-\u036f\u2019\u02bc'`]"
"""Accents, once they stand apart from their letter, and apostrophes."""

_ADDRESS = re.compile(rf"(?:https?://)?open\.spotify\.com/(?:[\w-]+/)?track/([0-9A-Za-z]{{{URI_DIGITS}}})(?:[/?#].*)?")


class Lookup:
    """The names of a corpus, made comparable once when first asked for.

    Names are compared without case, accents and apostrophes, runs of punctuation and blanks as one blank. Searching
    is a scan of all names by polars, the nearest names are found by RapidFuzz, a second or two each among millions
    where difflib would take minutes; nothing is kept on disk.
    """

    def __init__(self, playlists: Playlists) -> None:
        """Nothing is read yet."""
        self._playlists = playlists
        self._catalog = playlists.catalog

    def by_uri(self, text: str) -> int | None:
        """The track with this URI, identifier or open.spotify.com address; None if there is none."""
        address = _ADDRESS.fullmatch(text.strip())
        told = address[1] if address else text.strip()
        uris = self._catalog.tracks["uri"]
        for uri in (told, URI_PREFIX + told):
            rows = (uris == uri).arg_true()
            if len(rows):
                return int(rows[0])
        return None

    def search(self, text: str) -> NDArray[np.int64]:
        """The tracks whose name and artist hold every word, best first.

        The best are those whose name, or name and artist, is the text; then those whose name holds the whole of it;
        then all others. Among them the most frequent comes first.
        """
        wanted = comparable(pl.Series([text], dtype=pl.String))[0]
        if not wanted:
            return np.empty(0, np.int64)
        name, artist = pl.col("name"), pl.col("artist")
        both = pl.concat_str(name, artist, separator=" ")
        held = pl.all_horizontal(both.str.contains(word, literal=True) for word in wanted.split())
        exact = (name == wanted) | (both == wanted) | (pl.concat_str(artist, name, separator=" ") == wanted)
        padded = pl.concat_str(pl.lit(" "), name, pl.lit(" "))
        place = pl.when(exact).then(0).when(padded.str.contains(f" {wanted} ", literal=True)).then(1).otherwise(2)
        found = self._names.with_row_index("track").filter(held).select("track", place.alias("place"))
        tracks = found["track"].to_numpy().astype(np.int64)
        return tracks[np.lexsort((tracks, -self.n_playlists[tracks], found["place"].to_numpy()))]

    def nearest_names(self, text: str) -> list[int]:
        """Tracks whose name, alone or with the artist, resembles the text most; of equal ones the most frequent."""
        wanted = comparable(pl.Series([text], dtype=pl.String))[0]
        both = pl.concat_str("name", "artist", separator=" ")
        texts = [*self._names["name"].to_list(), *self._names.select(both).to_series().to_list()]
        rows = [row % self._catalog.n_tracks for row in self._nearest(wanted, texts, LIKE_A_NAME)]
        return list(dict.fromkeys(rows))[:NEAREST]

    def nearest_uris(self, text: str) -> list[int]:
        """Tracks whose URI differs from the text by a few characters."""
        return self._nearest(text, self._catalog.tracks["uri"].to_list(), LIKE_A_URI)[:NEAREST]

    def has_title(self, title: str) -> bool:
        """Whether some playlist has this normalised title."""
        return title_key(title) in self._titles

    def nearest_titles(self, title: str) -> list[tuple[str, int]]:
        """Normalised titles that resemble this one most, with their numbers of playlists."""
        from rapidfuzz import fuzz, process

        near = process.extract(
            title_key(title), list(self._titles), scorer=fuzz.ratio, limit=NEAREST, score_cutoff=LIKE_A_NAME
        )
        return [(name, self._titles[name]) for name, _, _ in near]

    def name(self, track: int) -> str:
        """A track's name, its URI where it has none."""
        tracks = self._catalog.tracks
        return str(tracks["name"][track] or tracks["uri"][track])

    def artist(self, track: int) -> str:
        """The name of a track's artist, "" where it is unknown."""
        return self._catalog.artist_names(np.array([track], np.int32))[0]

    def album(self, track: int) -> str:
        """The name of a track's album, "" where it is unknown."""
        album = int(self._catalog.album_of[track])
        return str(self._catalog.albums["name"][album] or "") if album >= 0 else ""

    def uri(self, track: int) -> str:
        """A track's URI."""
        return str(self._catalog.tracks["uri"][track])

    @cached_property
    def n_playlists(self) -> NDArray[np.int64]:
        """Entries of each track, (n_tracks,): but for tracks that stand twice, its number of playlists."""
        return self._playlists.track_counts()

    @cached_property
    def _names(self) -> pl.DataFrame:
        artists = pl.concat([comparable(self._catalog.artists["name"]), pl.Series([""], dtype=pl.String)])
        of_tracks = artists[np.where(self._catalog.artist_of < 0, len(artists) - 1, self._catalog.artist_of)]
        return pl.DataFrame({"name": comparable(self._catalog.tracks["name"]), "artist": of_tracks})

    @cached_property
    def _titles(self) -> dict[str, int]:
        titles: dict[str, int] = {}
        for name, n in self._playlists.info["name"].fill_null("").value_counts(sort=True).iter_rows():
            if key := title_key(name):
                titles[key] = titles.get(key, 0) + n
        return titles

    def _nearest(self, wanted: str, texts: Sequence[str], cutoff: float) -> list[int]:
        from rapidfuzz import fuzz, process

        near = process.extract(wanted, texts, scorer=fuzz.ratio, limit=10 * NEAREST, score_cutoff=cutoff)
        n = self._catalog.n_tracks
        return [row for _, _, row in sorted(near, key=lambda each: (-each[1], -self.n_playlists[each[2] % n], each[2]))]


def comparable(names: pl.Series) -> pl.Series:
    """Names without case, accents and apostrophes, punctuation as blanks; one of punctuation alone stays itself."""
    plain = names.fill_null("").str.normalize("NFKD").str.to_lowercase().str.replace_all(_DROPPED, "")
    keys = plain.str.replace_all(r"[\p{P}\p{Z}\s]+", " ").str.strip_chars(" ")
    return pl.select(pl.when(keys == "").then(names.fill_null("").str.strip_chars()).otherwise(keys)).to_series()
