"""Identifiers of tracks: one canonical form for all forms in which files write the same track."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.rules import URI_DIGITS, URI_PREFIX

if TYPE_CHECKING:
    import polars as pl

    from harness.types import Catalog

_DIGITS = rf"[0-9A-Za-z]{{{URI_DIGITS}}}"
_SITE = r"^(?:[Hh][Tt][Tt][Pp][Ss]?://)?(?:open|play)\.spotify\.com/"
_TRACK_ADDRESS = rf"{_SITE}(?:[0-9A-Za-z_-]+/)*track/({_DIGITS})(?:[/?#].*)?$"
_BARE = rf"^{_DIGITS}$"
_SPOTIFY = "spotify:"
_HOST = ".spotify.com/"
_CANONICAL_LENGTH = len(URI_PREFIX) + URI_DIGITS

_track_address = re.compile(_TRACK_ADDRESS, re.DOTALL)
_site = re.compile(_SITE)
_bare = re.compile(_BARE)


def canonical_uri(text: str, *, bare: bool = True) -> str:
    """The canonical form of one track's identifier.

    Blanks around it are dropped. The web address of a Spotify track becomes its URI, whatever its query says.
    Every other text stays as it is.

    Args:
        text: what a file says.
        bare: also complete 22 base-62 characters to a URI.
    """
    if len(text) == _CANONICAL_LENGTH and text.startswith(URI_PREFIX):
        return text.strip()
    text = text.strip()
    if _HOST in text and (address := _track_address.match(text)):
        return URI_PREFIX + address[1]
    return URI_PREFIX + text if bare and len(text) == URI_DIGITS and _bare.match(text) else text


def is_other_than_track(uri: str) -> bool:
    """Whether a canonical identifier names something else of Spotify's: a local file, an episode, an album."""
    if uri.startswith(URI_PREFIX):
        return False
    return (uri.startswith(_SPOTIFY)) or _site.match(uri) is not None


def canonical_uris(texts: pl.Series) -> tuple[pl.Series, bool]:
    """The canonical forms of a file's tracks, and whether they are Spotify's.

    They are Spotify's if any of them is the URI or the web address of a Spotify track, or if all are 22 base-62
    characters, words for a missing value aside. Only then are bare identifiers completed to URIs.

    Args:
        texts: as the file has them, (n,); null where it has none.

    Returns:
        The same as `canonical_uri` of each, (n,).
    """
    import polars as pl

    texts = texts.str.strip_chars()
    if texts.str.contains(_HOST, literal=True).any():
        digits = texts.str.extract(f"(?s){_TRACK_ADDRESS}")
        texts = pl.select(pl.when(digits.is_not_null()).then(pl.lit(URI_PREFIX) + digits).otherwise(texts)).to_series()
    is_uri = texts.str.starts_with(URI_PREFIX)
    if is_uri.all():
        return texts, bool(is_uri.any())
    others = texts.filter(~is_uri)
    is_spotify = bool(is_uri.any()) or bool(others.filter(~is_missing(others)).str.contains(_BARE).all())
    if not is_spotify or not len(others.drop_nulls()):
        return texts, False
    bare = texts.str.contains(_BARE)
    return pl.select(pl.when(bare).then(pl.lit(URI_PREFIX) + texts).otherwise(texts)).to_series(), True


def are_other_than_tracks(uris: pl.Series) -> pl.Series:
    """`is_other_than_track` of each canonical identifier, (n,)."""
    return (uris.str.starts_with(_SPOTIFY) & ~uris.str.starts_with(URI_PREFIX)) | uris.str.contains(_SITE)


def is_missing(texts: pl.Series) -> pl.Series:
    """Whether each text is a word that programs write for a missing value, (n,); so is null."""
    return texts.str.contains(r"(?i)^(?:nan|none|null|nil|na|n/a|#n/a|<na>|undefined)$").fill_null(value=True)


def has_spotify_tracks(catalog: Catalog) -> bool:
    """Whether the tracks of a catalog are Spotify's; so they are where there is none."""
    uris = catalog.tracks["uri"]
    return not len(uris) or bool(uris.str.starts_with(URI_PREFIX).any())


def other_than_tracks_note(n_entries: int) -> str:
    """What a user reads of entries that name no track."""
    entries = "1 entry" if n_entries == 1 else f"{n_entries:,} entries"
    return f"left out: {entries} of local files, episodes or others: no submission can hold what is no Spotify track"
