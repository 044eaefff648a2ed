"""Parser for the JSON of playlists; its errors name playlist, track and remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from harness.data.encodings import utf8
from harness.data.mpd.schema import Entry, OnlyPid, RawPlaylists, Slice, SlicePlaylist
from harness.data.track_ids import are_track_uris, canonical_uri
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\"',]|\s")
_FORBIDDEN_BYTES = bytes(byte for byte in range(256) if byte not in range(128) or _FORBIDDEN.match(chr(byte)))
"""Forbidden and non-ASCII bytes; texts with any of them are checked character by character."""

_PATH = re.compile(r" - at `\$(.*)`$")
_IN_TRACK = re.compile(r"^\.tracks\[(\d+)\](?:\.(\w+))?$")
_MISSING = re.compile(r"missing required field `(\w+)`")
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_slices = msgspec.json.Decoder(Slice)
_raw = msgspec.json.Decoder(RawPlaylists)
_only_pid = msgspec.json.Decoder(OnlyPid)
_playlist = msgspec.json.Decoder(SlicePlaylist)

_PID = re.compile(rb'"pid"\s*:\s*(\d{1,18})\b')
_TEXT = rb'"(?:[^"\\]|\\.)*+"'
_BRACKET = re.compile(_TEXT + rb"|([][{},])", re.DOTALL)
_TOKEN = re.compile(_TEXT + rb"|(-?(?:NaN|nan|Infinity|inf)\b)", re.DOTALL)
_LIST_KEY = re.compile(rb'"playlists"\s*:\s*\Z')
_FIELD = re.compile(rb'"(\w+)"\s*:\s*\Z')
_IN_LIST = 2
"""Nesting depth inside the list of playlists, which is a field of the outermost object."""

REMEDY = "fix it, or skip such playlists with --skip-bad"


class Skipped(msgspec.Struct, frozen=True):
    """A skipped playlist, or a skipped slice if `pid` and `index` are None."""

    slice: str
    index: int | None
    pid: int | None
    fault: str


class HasTracks(Protocol):
    """Playlist of a slice or a challenge file."""

    pid: int
    tracks: list[Entry]


SomePlaylist = TypeVar("SomePlaylist", bound=HasTracks)


def parse_slice(data: bytes, name: str, *, skip_bad: bool = False) -> tuple[list[SlicePlaylist], list[Skipped]]:
    """Parse a slice into its playlists, in file order, and those that were skipped.

    Args:
        data: content of the file.
        name: name of the file, for messages.
        skip_bad: skip bad playlists, or the whole slice if it is not JSON.

    Raises:
        DataError: the slice has a fault (the first is named), unless `skip_bad`.
    """
    try:
        data = utf8(data, f"slice {name}: the file")
        playlists = decoded_slice(data)
        if playlists is not None and canonicalise(playlists):
            return playlists, []
        return one_by_one(data, _playlist, f"slice {name}", skip_bad=skip_bad)
    except DataError as error:
        if not skip_bad:
            raise
        return [], [skipped_slice(name, error)]


def skipped_slice(name: str, error: DataError) -> Skipped:
    """Record of a slice that was skipped because of an error."""
    return Skipped(f"slice {name}", None, None, str(error).removeprefix(f"slice {name}").lstrip(": "))


def decoded_slice(data: bytes) -> list[SlicePlaylist] | None:
    """Decode the playlists of a slice without checking URIs; None if the slice is invalid."""
    try:
        playlists = _slices.decode(data).playlists
    except _FAULTS:
        return None
    return playlists if has_distinct_pids(playlists) else None


def canonicalise(playlists: Sequence[HasTracks], *, bare: bool = True) -> bool:
    """Replace the track of every entry by its canonical form; `bare` as in `canonical_uri`.

    Returns:
        Whether every track is permitted in a submission.
    """
    uris = [entry.track_uri for playlist in playlists for entry in playlist.tracks]
    if are_track_uris(uris):
        return True
    for playlist in playlists:
        for entry in playlist.tracks:
            entry.track_uri = canonical_uri(entry.track_uri, bare=bare)
    uris = [entry.track_uri for playlist in playlists for entry in playlist.tracks]
    joined = "".join(uris).encode()
    return all(uris) and len(joined.translate(None, _FORBIDDEN_BYTES)) == len(joined)


def has_distinct_pids(playlists: Sequence[HasTracks]) -> bool:
    """Return whether all pids are distinct."""
    return len({playlist.pid for playlist in playlists}) == len(playlists)


def one_by_one(
    data: bytes,
    decoder: msgspec.json.Decoder[SomePlaylist],
    where: str,
    *,
    skip_bad: bool = False,
    remedy: str = REMEDY,
    bare: bool = True,
) -> tuple[list[SomePlaylist], list[Skipped]]:
    """Decode a file playlist by playlist, to locate each fault.

    Raises:
        DataError: the file as a whole cannot be read, or (unless `skip_bad`) a playlist cannot.
    """
    try:
        raw_playlists: list[msgspec.Raw] | list[bytes] = _raw.decode(data).playlists
    except _FAULTS as error:
        pieces = split_playlists(data)
        if pieces is None or not _is_whole(pieces[0]):
            raise DataError(f"{where}: {_whole_file(error, data, where.partition(' ')[0])}") from None
        raw_playlists = pieces[1]
    playlists: list[SomePlaylist] = []
    skipped: list[Skipped] = []
    seen_pids: set[int] = set()
    for index, raw in enumerate(raw_playlists):
        try:
            playlist = decoder.decode(raw)
            canonicalise([playlist], bare=bare)
            fault = "another playlist of the file has the same pid" if playlist.pid in seen_pids else _fault(playlist)
        except _FAULTS as error:
            fault = _bad_value(bytes(raw)) or _explain(error)
        if fault is None:
            seen_pids.add(playlist.pid)
            playlists.append(playlist)
            continue
        pid = _pid(raw)
        if not skip_bad:
            label = f"playlist {pid}" if pid is not None else f"playlist at index {index}"
            raise DataError(f"{where}, {label}: {fault}; {remedy}")
        skipped.append(Skipped(where, index, pid, fault))
    return playlists, skipped


def _fault(playlist: HasTracks) -> str | None:
    for index, entry in enumerate(playlist.tracks):
        if not entry.track_uri:
            return f"track {index} has an empty track_uri"
        if forbidden := _FORBIDDEN.search(entry.track_uri):
            return f"track {index} has a track_uri with {forbidden.group()!r} in it: {entry.track_uri[:80]!r}"
    return None


def _explain(error: Exception) -> str:
    """Rephrase a msgspec error as a sentence about a track or the playlist, using the path at its end."""
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
        return f"the file is JSON, but not a {kind}: {what}; pass another file"
    if "truncated" in str(error):
        return f"the JSON is truncated at byte {len(data)}; copy or decompress the file again"
    return f"the file is not JSON: {_explain(error).removeprefix('the playlist: ')}; copy or decompress the file again"


def _pid(raw: msgspec.Raw | bytes) -> int | None:
    try:
        return _only_pid.decode(raw).pid
    except msgspec.ValidationError:
        return None
    except _FAULTS:
        pid = _PID.search(bytes(raw))
        return int(pid[1]) if pid else None


def _bad_value(raw: bytes) -> str | None:
    """Describe a number that JSON does not allow, such as NaN; None if the playlist has none."""
    values = (value for value in _TOKEN.finditer(raw) if value[1])
    value = next(values, None)
    if value is None:
        return None
    field = _FIELD.search(raw, 0, value.start())
    name = f"{field[1].decode()}: " if field else ""
    return f"{name}{value[1].decode()} is not a JSON value"


def _is_whole(frame: bytes) -> bool:
    try:
        return not _raw.decode(frame).playlists
    except _FAULTS:
        return False


def split_playlists(data: bytes) -> tuple[bytes, list[bytes]] | None:
    """Split a JSON file into its frame and the bytes of each playlist, so that a malformed one affects no other.

    Only brackets and commas outside texts are considered.

    Returns:
        The file without its playlists, and the playlists; None if the brackets do not match or there is no list of
        playlists.
    """
    depth, begin, end, piece_start = 0, -1, -1, 0
    pieces: list[bytes] = []
    for bracket in _BRACKET.finditer(data):
        sign = bracket[1]
        if sign is None:
            continue
        if sign in b"{[":
            depth += 1
            if depth == _IN_LIST and begin < 0 and _LIST_KEY.search(data, 0, bracket.start()):
                begin = piece_start = bracket.end()
        elif sign in b"}]":
            if depth == _IN_LIST and begin >= 0 and end < 0:
                end = bracket.start()
                pieces.append(data[piece_start:end])
            depth -= 1
        elif depth == _IN_LIST and begin >= 0 and end < 0:
            pieces.append(data[piece_start : bracket.start()])
            piece_start = bracket.end()
    return (data[:begin] + data[end:], pieces) if depth == 0 and end >= 0 else None
