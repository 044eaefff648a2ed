"""JSON -> playlists; what is wrong with a file is said with playlist, track and remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from harness.data.mpd.schema import Entry, OnlyPid, RawPlaylists, Slice, SlicePlaylist
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\"',]|\s")
_FORBIDDEN_BYTES = bytes(byte for byte in range(256) if byte not in range(128) or _FORBIDDEN.match(chr(byte)))
"""Beside the forbidden ones all that are not ASCII: what they are is told by a closer look."""
_PATH = re.compile(r" - at `\$(.*)`$")
_IN_TRACK = re.compile(r"^\.tracks\[(\d+)\](?:\.(\w+))?$")
_MISSING = re.compile(r"missing required field `(\w+)`")
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_slices = msgspec.json.Decoder(Slice)
_raw = msgspec.json.Decoder(RawPlaylists)
_only_pid = msgspec.json.Decoder(OnlyPid)
_playlist = msgspec.json.Decoder(SlicePlaylist)

REMEDY = "mend it, or leave such playlists out with --skip-bad"
_BOM = b"\xef\xbb\xbf"


def without_bom(data: bytes) -> bytes:
    """The bytes of a JSON file without the mark that some editors put before the first."""
    return data.removeprefix(_BOM)


class Skipped(msgspec.Struct, frozen=True):
    """A playlist, or with `pid` and `index` None a whole slice, that was left out."""

    slice: str
    index: int | None
    pid: int | None
    fault: str


class HasTracks(Protocol):
    """What slices and challenge files have in common."""

    pid: int
    tracks: list[Entry]


SomePlaylist = TypeVar("SomePlaylist", bound=HasTracks)


def parse_slice(data: bytes, name: str, *, skip_bad: bool = False) -> tuple[list[SlicePlaylist], list[Skipped]]:
    """The playlists of a slice, in file order, and those that were left out.

    Args:
        data: the file's bytes.
        name: the file's name, for messages.
        skip_bad: leave bad playlists out, and the whole slice where it is not JSON.

    Raises:
        DataError: the first fault, unless `skip_bad`.
    """
    data = without_bom(data)
    playlists = decoded_slice(data)
    if playlists is not None and has_sound_uris(playlists):
        return playlists, []
    try:
        return one_by_one(data, _playlist, f"slice {name}", skip_bad=skip_bad)
    except DataError as error:
        if not skip_bad:
            raise
        return [], [skipped_slice(name, error)]


def skipped_slice(name: str, error: DataError) -> Skipped:
    """A whole slice that was left out, and why."""
    return Skipped(f"slice {name}", None, None, str(error).removeprefix(f"slice {name}").lstrip(": "))


def decoded_slice(data: bytes) -> list[SlicePlaylist] | None:
    """The playlists of a slice, their URIs unchecked; None if something is wrong with it."""
    try:
        playlists = _slices.decode(data).playlists
    except _FAULTS:
        return None
    return playlists if _has_distinct_pids(playlists) else None


def are_sound(playlists: Sequence[HasTracks]) -> bool:
    """Whether pids are distinct and every URI can be written in a line of a submission."""
    return _has_distinct_pids(playlists) and has_sound_uris(playlists)


def _has_distinct_pids(playlists: Sequence[HasTracks]) -> bool:
    return len({playlist.pid for playlist in playlists}) == len(playlists)


def has_sound_uris(playlists: Sequence[HasTracks]) -> bool:
    """Whether every URI can be written in a line of a submission."""
    uris = [entry.track_uri for playlist in playlists for entry in playlist.tracks]
    joined = "".join(uris).encode()
    return all(uris) and len(joined.translate(None, _FORBIDDEN_BYTES)) == len(joined)


def one_by_one(
    data: bytes,
    decoder: msgspec.json.Decoder[SomePlaylist],
    where: str,
    *,
    skip_bad: bool = False,
    remedy: str = REMEDY,
) -> tuple[list[SomePlaylist], list[Skipped]]:
    """Decode a file playlist by playlist, so that each fault has its place.

    Raises:
        DataError: the file as a whole cannot be read, or (unless `skip_bad`) a playlist cannot.
    """
    try:
        raw_playlists = _raw.decode(data).playlists
    except _FAULTS as error:
        raise DataError(f"{where}: {_whole_file(error, data, where.partition(' ')[0])}") from None
    playlists: list[SomePlaylist] = []
    skipped: list[Skipped] = []
    seen: set[int] = set()
    for index, raw in enumerate(raw_playlists):
        try:
            playlist = decoder.decode(raw)
            fault = "another playlist of the file has the same pid" if playlist.pid in seen else _fault(playlist)
        except _FAULTS as error:
            fault = _explain(error)
        if fault is None:
            seen.add(playlist.pid)
            playlists.append(playlist)
            continue
        pid = _pid(raw)
        if not skip_bad:
            label = f"playlist {pid}" if pid is not None else f"playlist at place {index}"
            raise DataError(f"{where}, {label}: {fault}; {remedy}")
        skipped.append(Skipped(where, index, pid, fault))
    return playlists, skipped


def _fault(playlist: HasTracks) -> str | None:
    for place, entry in enumerate(playlist.tracks):
        if not entry.track_uri:
            return f"track {place} has an empty track_uri"
        if found := _FORBIDDEN.search(entry.track_uri):
            return f"track {place} has a track_uri with {found.group()!r} in it: {entry.track_uri[:80]!r}"
    return None


def _explain(error: Exception) -> str:
    """Msgspec's words, and the path at their end, as a sentence about a track or the playlist."""
    if isinstance(error, UnicodeDecodeError):
        return "a text is not UTF-8"
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply"
    text = str(error)
    path = _PATH.search(text)
    what = text[: path.start()] if path else text
    in_track = _IN_TRACK.match(path.group(1)) if path else None
    subject = f"track {in_track.group(1)}" if in_track else "the playlist"
    if missing := _MISSING.search(what):
        return f"{subject} has no {missing.group(1)}"
    field = in_track.group(2) if in_track else path.group(1).lstrip(".") if path else ""
    what = what if what.startswith("JSON") else what[:1].lower() + what[1:]
    return f"{subject}: {field}: {what}" if field else f"{subject}: {what}"


def _whole_file(error: Exception, data: bytes, kind: str) -> str:
    if isinstance(error, msgspec.ValidationError):
        what = re.sub(r"^the playlist:? ", "", _explain(error))
        return f"this is JSON, but no {kind}: {what}; look for the right file"
    if "truncated" in str(error):
        return f"the JSON breaks off at its end, byte {len(data)}; copy or unpack the file again"
    return f"this is no JSON: {_explain(error).removeprefix('the playlist: ')}; copy or unpack the file again"


def _pid(raw: msgspec.Raw) -> int | None:
    try:
        return _only_pid.decode(raw).pid
    except _FAULTS:
        return None
