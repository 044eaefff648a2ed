"""JSON -> playlists; what is wrong with a file is said with playlist, track and remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from harness.data.mpd.schema import Entry, OnlyPid, RawPlaylists, Slice, SlicePlaylist
from harness.data.track_ids import canonical_uri
from harness.data.unpacking import wide_encoding
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

_PID = re.compile(rb'"pid"\s*:\s*(\d{1,18})\b')
_TEXT = rb'"(?:[^"\\]|\\.)*+"'
_BRACKET = re.compile(_TEXT + rb"|([][{},])", re.DOTALL)
_TOKEN = re.compile(_TEXT + rb"|(-?(?:NaN|nan|Infinity|inf)\b)", re.DOTALL)
_LIST_KEY = re.compile(rb'"playlists"\s*:\s*\Z')
_FIELD = re.compile(rb'"(\w+)"\s*:\s*\Z')
_IN_LIST = 2
"""Depth of the list of playlists: it stands in one object."""

REMEDY = "mend it, or leave such playlists out with --skip-bad"
_BOM = b"\xef\xbb\xbf"

_MAYBE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\xed[\xa0-\xbf][\x80-\xbf])"
    rb"|\\.",
    re.DOTALL,
)
"""A pair, a half (the group), or any other escape: so a backslash that is escaped begins none."""

_REPLACEMENT, _REPLACEMENT_BYTES = b"\\ufffd", "\ufffd".encode()


def without_bom(data: bytes) -> bytes:
    """The bytes of a JSON file without the mark that some editors put before the first."""
    return data.removeprefix(_BOM)


def without_lone_surrogates(data: bytes) -> tuple[bytes, int]:
    """JSON with U+FFFD in place of each half of a surrogate pair, and how many were replaced.

    A program that cuts a title inside an emoji leaves such a half, as an escape or as three bytes.
    """
    n_replaced = 0

    def replaced(escape: re.Match[bytes]) -> bytes:
        nonlocal n_replaced
        if not escape[1]:
            return escape[0]
        n_replaced += 1
        return _REPLACEMENT if escape[0].startswith(b"\\") else _REPLACEMENT_BYTES

    if _MAYBE_SURROGATE.search(data):
        data = _ESCAPE.sub(replaced, data)
    return data, n_replaced


def replaced_note(n_replaced: int) -> str:
    """A note for the user on characters that were replaced."""
    return f"replaced by U+FFFD: characters cut in two: {n_replaced:,}"


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
    if encoding := wide_encoding(data):
        error = DataError(f"slice {name}: this is {encoding}, not UTF-8; save it as UTF-8")
        if skip_bad:
            return [], [skipped_slice(name, error)]
        raise error
    playlists = decoded_slice(data)
    if playlists is not None:
        canonicalise(playlists)
        if has_sound_uris(playlists):
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


def canonicalise(playlists: Iterable[HasTracks], *, bare: bool = True) -> None:
    """Give every entry the canonical form of its track, in place; `bare` as `canonical_uri` has it."""
    for playlist in playlists:
        for entry in playlist.tracks:
            entry.track_uri = canonical_uri(entry.track_uri, bare=bare)


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
    bare: bool = True,
) -> tuple[list[SomePlaylist], list[Skipped]]:
    """Decode a file playlist by playlist, so that each fault has its place.

    Raises:
        DataError: the file as a whole cannot be read, or (unless `skip_bad`) a playlist cannot.
    """
    try:
        raw_playlists: list[msgspec.Raw] | list[bytes] = _raw.decode(data).playlists
    except _FAULTS as error:
        pieces = pieces_of(data)
        if pieces is None or not _is_whole(pieces[0]):
            raise DataError(f"{where}: {_whole_file(error, data, where.partition(' ')[0])}") from None
        raw_playlists = pieces[1]
    playlists: list[SomePlaylist] = []
    skipped: list[Skipped] = []
    seen: set[int] = set()
    for index, raw in enumerate(raw_playlists):
        try:
            playlist = decoder.decode(raw)
            canonicalise([playlist], bare=bare)
            fault = "another playlist of the file has the same pid" if playlist.pid in seen else _fault(playlist)
        except _FAULTS as error:
            fault = _bad_value(bytes(raw)) or _explain(error)
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


def _pid(raw: msgspec.Raw | bytes) -> int | None:
    try:
        return _only_pid.decode(raw).pid
    except msgspec.ValidationError:
        return None
    except _FAULTS:
        pid = _PID.search(bytes(raw))
        return int(pid[1]) if pid else None


def _bad_value(raw: bytes) -> str | None:
    """What is wrong with a playlist that holds a number which JSON has not, else None."""
    values = (value for value in _TOKEN.finditer(raw) if value[1])
    value = next(values, None)
    if value is None:
        return None
    field = _FIELD.search(raw, 0, value.start())
    name = f"{field[1].decode()}: " if field else ""
    return f"{name}{value[1].decode()} is no value of JSON"


def _is_whole(frame: bytes) -> bool:
    try:
        return not _raw.decode(frame).playlists
    except _FAULTS:
        return False


def pieces_of(data: bytes) -> tuple[bytes, list[bytes]] | None:
    """A JSON file of playlists without them, and each of them as it is, so that one malformed spoils no other.

    Only brackets outside texts are looked at.

    Returns:
        None if the brackets do not match, or there is no list of playlists.
    """
    depth, begin, end, piece = 0, -1, -1, 0
    pieces: list[bytes] = []
    for bracket in _BRACKET.finditer(data):
        sign = bracket[1]
        if sign is None:
            continue
        if sign in b"{[":
            depth += 1
            if depth == _IN_LIST and begin < 0 and _LIST_KEY.search(data, 0, bracket.start()):
                begin = piece = bracket.end()
        elif sign in b"}]":
            if depth == _IN_LIST and begin >= 0 and end < 0:
                end = bracket.start()
                pieces.append(data[piece:end])
            depth -= 1
        elif depth == _IN_LIST and begin >= 0 and end < 0:
            pieces.append(data[piece : bracket.start()])
            piece = bracket.end()
    return (data[:begin] + data[end:], pieces) if depth == 0 and end >= 0 else None
