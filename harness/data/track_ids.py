"""Canonical form of track identifiers, whichever form a file uses."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import numpy as np

from harness.rules import URI_DIGITS, URI_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from harness.types import Catalog

_DIGITS = rf"[0-9A-Za-z]{{{URI_DIGITS}}}"
_SITE = r"^(?:[Hh][Tt][Tt][Pp][Ss]?://)?(?:open|play)\.spotify\.com/"
_TRACK_ADDRESS = rf"{_SITE}(?:[0-9A-Za-z_-]+/)*track/({_DIGITS})(?:[/?#].*)?$"
_BARE = rf"^{_DIGITS}$"
_SPOTIFY = "spotify:"
_HOST = ".spotify.com/"
_CANONICAL_LENGTH = len(URI_PREFIX) + URI_DIGITS
_DIGIT_BYTES = (string.digits + string.ascii_letters).encode()

_track_address = re.compile(_TRACK_ADDRESS, re.DOTALL)
_site = re.compile(_SITE)
_bare = re.compile(_BARE)


def are_track_uris(texts: Sequence[str]) -> bool:
    """Return whether all identifiers are URIs of Spotify tracks in canonical form, permitted in a submission.

    Tests the bytes of all texts at once; False for a few unusual URIs that are permitted too.
    """
    n = len(texts)
    joined = "\n".join(texts).encode() + b"\n"
    if len(joined) != n * (_CANONICAL_LENGTH + 1) or joined.translate(None, _DIGIT_BYTES) != b"::\n" * n:
        return False
    rows = np.frombuffer(joined, np.uint8).reshape(n, -1)
    prefixes, ends = rows[:, : len(URI_PREFIX)], rows[:, -1]
    return prefixes.tobytes() == URI_PREFIX.encode() * n and ends.tobytes() == b"\n" * n


def canonical_uri(text: str, *, bare: bool = True) -> str:
    """Return the canonical form of one track identifier.

    Surrounding blanks are removed. The web address of a Spotify track becomes its URI; its query is ignored.
    Other texts stay unchanged.

    Args:
        text: identifier in the file.
        bare: also complete 22 base-62 characters to a URI.
    """
    if len(text) == _CANONICAL_LENGTH and text.startswith(URI_PREFIX):
        return text.strip()
    text = text.strip()
    if _HOST in text and (address := _track_address.match(text)):
        return URI_PREFIX + address[1]
    return URI_PREFIX + text if bare and len(text) == URI_DIGITS and _bare.match(text) else text


def is_other_than_track(uri: str) -> bool:
    """Return whether a canonical identifier names a Spotify object other than a track: local file, episode, album."""
    if uri.startswith(URI_PREFIX):
        return False
    return uri.startswith(_SPOTIFY) or _site.match(uri) is not None


def canonical_uris(texts: pl.Series) -> tuple[pl.Series, bool]:
    """Return the canonical forms of a file's track identifiers, and whether they are Spotify tracks.

    They are Spotify tracks if at least one is the URI or the web address of a Spotify track, or if all except words
    for a missing value have 22 base-62 characters. Only then are bare identifiers completed to URIs.

    Args:
        texts: identifiers in the file, (n,); null if missing.

    Returns:
        `canonical_uri` of each text, (n,); and True for Spotify tracks.
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
    """`is_other_than_track` for each canonical identifier, (n,)."""
    return (uris.str.starts_with(_SPOTIFY) & ~uris.str.starts_with(URI_PREFIX)) | uris.str.contains(_SITE)


def tracks_only(entries: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Leave out the entries of Spotify objects other than tracks, if the entries are of Spotify.

    Args:
        entries: with canonical identifiers in column `track`.

    Returns:
        The remaining entries, and a remark if any was left out.
    """
    if not entries["track"].str.starts_with(URI_PREFIX).any():
        return entries, []
    is_other = are_other_than_tracks(entries["track"])
    return entries.filter(~is_other), [other_than_tracks_note(int(is_other.sum()))] if is_other.any() else []


def is_missing(texts: pl.Series) -> pl.Series:
    """Mask of texts that are null or a word that programs write for a missing value, (n,)."""
    return texts.str.contains(r"(?i)^(?:nan|none|null|nil|na|n/a|#n/a|<na>|undefined)$").fill_null(value=True)


def has_spotify_tracks(catalog: Catalog) -> bool:
    """Return whether the tracks of a catalog are Spotify tracks; True for an empty catalog."""
    uris = catalog.tracks["uri"]
    return not len(uris) or bool(uris.str.starts_with(URI_PREFIX).any())


def other_than_tracks_note(n_entries: int) -> str:
    """Note for the user about omitted entries that are not tracks."""
    entries = "1 entry" if n_entries == 1 else f"{n_entries:,} entries"
    return f"left out: {entries} of local files, episodes or others; a submission can contain Spotify tracks only"
