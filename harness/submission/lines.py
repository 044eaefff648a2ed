"""The text of any submission -> its rows, and every fault of its form; no bytes are too odd."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.rules import TRACKS_PER_PLAYLIST
from harness.submission.faults import Fault, shown
from harness.submission.fields import are_uris, is_pid, read_track, unquoted, without_blanks
from harness.submission.header import KEYWORD, parse_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from harness.submission.content import Content

_LINE_END = re.compile(rb"\r\n|\n|\r")
_ODD_ENDS = {b"\r\n": "crlf", b"\r": "lone-cr"}
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
_MOST_HEADER_FIELDS = 6
"""A first line with more fields is one of a playlist, whatever it begins with."""


@dataclass(slots=True)
class Row:
    """A line of one playlist.

    Attributes:
        line: from 1.
        pid: None where it cannot be told.
        fields: what stands behind the pid, without blanks.
        uris: the same as URIs; empty where a field is none.
    """

    line: int
    pid: int | None
    fields: list[str]
    uris: list[str]

    @property
    def n_tracks(self) -> int:
        """Fields that hold something."""
        return len(self.fields) - self.fields.count("")


@dataclass(slots=True)
class Sheet:
    """What the lines of a submission say, faults included.

    Attributes:
        header: the fields of the team's line, or None.
        header_line: its number, 0 where there is none.
        rows: in the file's order.
        faults: of form.
        is_whole: whether the file could be read to its end.
    """

    header: list[str] | None = None
    header_line: int = 0
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    is_whole: bool = True

    @property
    def form(self) -> str | None:
        """The form of the team's line, `aicrowd` or `2018`; None where it cannot be told."""
        return parse_fields(self.header)[1] if self.header else None


def parse_lines(content: Content, odd_uris: Collection[str] = ()) -> Sheet:
    """Read every line, whatever it holds.

    Args:
        content: the file's.
        odd_uris: URIs of the corpus that have another form than Spotify's.
    """
    sheet = Sheet(is_whole=not content.broken_off)
    sheet.faults.extend(Fault(code, detail=detail) for code, detail in content.faults)
    if not content.data:
        if sheet.is_whole:
            sheet.faults.append(Fault("empty-file"))
        return sheet
    for number, text in _texts(content, sheet):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        fields = _split(text, number, sheet)
        if _is_header(fields, sheet):
            _read_header(fields, number, sheet)
        else:
            sheet.rows.append(_read_row(fields, number, sheet, odd_uris))
    if sheet.header is None and (sheet.is_whole or sheet.rows):
        sheet.faults.append(Fault("missing-header"))
    _check_rows(sheet)
    return sheet


def header_faults(fields: list[str], line: int) -> Iterator[Fault]:
    """What is wrong with the fields of a team's line."""
    if fields[0] != KEYWORD:
        yield Fault("header-keyword", line, detail=shown(fields[0]))
    team, _, faults = parse_fields(fields)
    for code, detail in faults:
        yield Fault(code, line, detail=shown(detail))
    if team is not None and team.is_placeholder:
        yield Fault("placeholder-team", line)


def _texts(content: Content, sheet: Sheet) -> Iterator[tuple[int, str]]:
    """Number and text of each line."""
    data = bytes(content.data)
    if data.startswith(_UTF_16):
        sheet.faults.append(Fault("utf-16", 1))
        data = data.decode("utf-16", "replace").encode()
    if data.startswith(_BOM):
        sheet.faults.append(Fault("byte-order-mark", 1))
        data = data.removeprefix(_BOM)
    if b"\r" in data:
        ends = _LINE_END.findall(data)
        for end, code in _ODD_ENDS.items():
            if end in ends:
                sheet.faults.append(Fault(code, ends.index(end) + 1, detail=str(ends.count(end))))
        data = _LINE_END.sub(b"\n", data)
    lines = data.split(b"\n")
    last = lines.pop()
    if last and sheet.is_whole:
        lines.append(last)
        sheet.faults.append(Fault("no-last-newline", len(lines)))
    for number, line in enumerate(lines, start=1):
        try:
            yield number, line.decode()
        except UnicodeDecodeError as error:
            where = f"0x{line[error.start]:02x} at byte {error.start + 1} of the line"
            sheet.faults.append(Fault("not-utf-8", number, detail=where))
            yield number, line.decode(errors="replace")


def _split(text: str, number: int, sheet: Sheet) -> list[str]:
    """The fields of a line, free of white space."""
    separator = ","
    if separator not in text:
        stripped = text.strip()
        for other, name in _SEPARATORS.items():
            first, found, _ = stripped.partition(other)
            if found and (is_pid(first.strip()) or _is_keyword(first)):
                sheet.faults.append(Fault("separator", number, detail=name))
                text, separator = stripped, other
                break
    fields, odd = without_blanks(text, separator)
    sheet.faults.extend(Fault(code, number, detail=str(n)) for code, n in odd.items())
    return fields


def _is_header(fields: list[str], sheet: Sheet) -> bool:
    """Whether a line is the team's: by its first word, or as a first line too short for a list of tracks."""
    first = unquoted(fields[0]) or fields[0]
    if _is_keyword(first):
        return True
    opens = sheet.header is None and not sheet.rows
    return opens and len(fields) <= _MOST_HEADER_FIELDS and not is_pid(first)


def _is_keyword(text: str) -> bool:
    return re.sub(r"[\W_]", "", text).lower() == KEYWORD.replace("_", "")


def _read_header(fields: list[str], number: int, sheet: Sheet) -> None:
    if sheet.header is not None:
        sheet.faults.append(Fault("repeated-header", number, detail=str(sheet.header_line)))
        return
    if sheet.rows:
        sheet.faults.append(Fault("header-not-first", number))
    sheet.header, sheet.header_line = [], number
    for text in fields:
        inner = unquoted(text)
        if inner is not None:
            sheet.faults.append(Fault("quotes", number, detail=shown(text)))
        sheet.header.append(text if inner is None else inner)
    sheet.faults.extend(header_faults(sheet.header, number))


def _read_row(fields: list[str], number: int, sheet: Sheet, odd_uris: Collection[str]) -> Row:
    first, *tracks = fields
    inner = unquoted(first)
    if inner is not None:
        sheet.faults.append(Fault("quotes", number, detail=shown(first)))
        first = inner
    pid = int(first) if is_pid(first) else None
    if pid is None:
        sheet.faults.append(Fault("bad-pid", number, detail=f"'{shown(first)}'"))
    if are_uris(tracks):
        return Row(number, pid, tracks, tracks)
    uris, faults = _read_tracks(tracks, number, pid, odd_uris)
    sheet.faults.extend(faults)
    return Row(number, pid, tracks, uris)


def _read_tracks(
    fields: list[str], number: int, pid: int | None, odd_uris: Collection[str]
) -> tuple[list[str], list[Fault]]:
    uris: list[str] = []
    faults: list[Fault] = []
    for position, text in enumerate(fields, start=1):
        inner = unquoted(text)
        if inner is not None:
            faults.append(Fault("quotes", number, pid, position, text, "the track"))
        uri, code, detail = read_track(text if inner is None else inner, odd_uris)
        if code:
            faults.append(Fault(code, number, pid, position, text or None, detail))
        uris.append(uri)
    return uris, _joined(faults, len(fields))


def _joined(faults: list[Fault], n_fields: int) -> list[Fault]:
    """One fault a code in place of one a track where all tracks of a line share it: a way of writing."""
    counts = Counter(fault.code for fault in faults)
    joined = [
        replace(next(fault for fault in faults if fault.code == code), n_tracks=n_fields)
        for code, n in counts.items()
        if n == n_fields > 1
    ]
    codes = {fault.code for fault in joined}
    return joined + [fault for fault in faults if fault.code not in codes]


def _check_rows(sheet: Sheet) -> None:
    """Note what is wrong with rows as wholes and beside each other."""
    rows = sheet.rows
    if not rows and sheet.is_whole:
        sheet.faults.append(Fault("no-rows"))
    if len(rows) > 1 and all(row.n_tracks == 1 for row in rows):
        sheet.faults.append(Fault("one-track-a-line", rows[0].line, detail=str(len(rows))))
        return
    first_of: dict[int, Row] = {}
    for row in rows:
        n_tracks = row.n_tracks
        if n_tracks != TRACKS_PER_PLAYLIST:
            code = "too-few-tracks" if n_tracks < TRACKS_PER_PLAYLIST else "too-many-tracks"
            sheet.faults.append(Fault(code, row.line, row.pid, detail=str(n_tracks)))
        if len(set(row.uris)) < len(row.uris):
            sheet.faults.extend(_repeated_tracks(row))
        if row.pid is None:
            continue
        first = first_of.setdefault(row.pid, row)
        if first is not row:
            code = "repeated-row" if first.fields == row.fields else "repeated-pid"
            sheet.faults.append(Fault(code, row.line, row.pid, detail=str(first.line)))


def _repeated_tracks(row: Row) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for position, uri in enumerate(row.uris, start=1):
        if uri and first.setdefault(uri, position) != position:
            detail = str(first[uri])
            yield Fault("repeated-track", row.line, row.pid, position, row.fields[position - 1], detail)
