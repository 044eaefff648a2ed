"""Parser of submissions: rows and every fault of form, for arbitrary bytes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from harness.ragged import NO_ID
from harness.rules import TRACKS_PER_PLAYLIST
from harness.submission.faults import FaultLog, shown
from harness.submission.fields import is_pid, unquoted, without_blanks
from harness.submission.header import KEYWORD, parse_fields
from harness.submission.limits import MAX_FAULTS, MAX_LINE_BYTES
from harness.submission.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from harness.ragged import Ids
    from harness.submission.content import Bytes, Content

_LINE_END = re.compile(rb"\r\r\n|\r\n|\r|\n")
_ODD_ENDS = {b"\r\r\n": "cr-cr-lf", b"\r\n": "crlf", b"\r": "lone-cr"}
_LONGEST_CHARACTER = 4
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PROBED_BYTES = 40
_NO_IDS = np.empty(0, np.int32)
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
_MOST_HEADER_FIELDS = 6
"""A first line with more fields is read as a playlist, whatever its first field."""


@dataclass(slots=True)
class Row:
    """Line of one playlist.

    Attributes:
        line: line number, from 1.
        pid: None if the first field is not a pid.
        ids: URI of each field as id of the sheet's vocabulary, -1 if it names no track, (m,) int32.
        n_tracks: number of fields that are not empty.
        is_read: False if the line is too long for a playlist: only its pid was read.
    """

    line: int
    pid: int | None
    ids: Ids
    n_tracks: int
    is_read: bool = True


@dataclass(slots=True)
class Sheet:
    """Lines of a submission and their faults.

    Attributes:
        header: fields of the team line, or None.
        header_line: its line number, 0 if there is none.
        rows: in the order of the file.
        vocabulary: URIs of the rows' ids.
        faults: faults of form.
        is_whole: whether the file was read to its end.
    """

    vocabulary: Vocabulary
    header: list[str] | None = None
    header_line: int = 0
    rows: list[Row] = field(default_factory=list)
    faults: FaultLog = field(default_factory=FaultLog)
    is_whole: bool = True

    @property
    def form(self) -> str | None:
        """Form of the team line, `aicrowd` or `2018`; None if it is neither."""
        return parse_fields(self.header)[1] if self.header else None


def parse_lines(content: Content, odd_uris: Collection[str] = ()) -> Sheet:
    """Read every line, whatever its content.

    Args:
        content: content of the file.
        odd_uris: URIs of the corpus that do not have Spotify's form.
    """
    sheet = Sheet(Vocabulary(odd_uris), is_whole=not content.broken_off)
    for code, detail in content.faults:
        sheet.faults.add(code, detail=detail)
    if not content.data:
        if sheet.is_whole:
            sheet.faults.add("empty-file")
        return sheet
    if _is_utf_16(content.data):
        sheet.faults.add("utf-16", 1)
        sheet.is_whole = False
        return sheet
    for number, text, n_bytes in _texts(content, sheet):
        _read_line(text, n_bytes, number, sheet)
        if sheet.faults.counts.total() > MAX_FAULTS:
            sheet.faults.add("too-many-faults", number, detail=f"{MAX_FAULTS:,}")
            sheet.is_whole = False
            break
    if sheet.header is None and (sheet.is_whole or sheet.rows):
        sheet.faults.add("missing-header")
    _check_rows(sheet)
    return sheet


def add_header_faults(faults: FaultLog, fields: list[str], line: int) -> None:
    """Add the faults of the fields of a team line."""
    if fields[0] != KEYWORD:
        faults.add("header-keyword", line, detail=shown(fields[0]))
    team, _, header_faults = parse_fields(fields)
    for code, detail in header_faults:
        faults.add(code, line, detail=shown(detail))
    if team is not None and team.is_placeholder:
        faults.add("placeholder-team", line)


def _is_utf_16(data: Bytes) -> bool:
    """True if the text begins like UTF-16: with its mark, or with a zero byte next to most characters."""
    first = bytes(data[:_PROBED_BYTES])
    zeros = sorted((first[::2].count(0), first[1::2].count(0)))
    return first[:2] in _UTF_16 or (zeros[0] == 0 and zeros[1] * 4 > len(first) > _PROBED_BYTES // 2)


def _read_line(text: str, n_bytes: int, number: int, sheet: Sheet) -> None:
    if not text.strip() or text.lstrip().startswith("#"):
        return
    if n_bytes > MAX_LINE_BYTES:
        first = text.partition(",")[0].strip()
        pid = int(first) if is_pid(first) else None
        sheet.faults.add("long-line", number, pid, detail=str(n_bytes))
        sheet.rows.append(Row(number, pid, _NO_IDS, 0, is_read=False))
        return
    fields = _split(text, number, sheet)
    if _is_header(fields, sheet):
        _read_header(fields, number, sheet)
    else:
        sheet.rows.append(_read_row(fields, number, sheet))


def _texts(content: Content, sheet: Sheet) -> Iterator[tuple[int, str, int]]:
    """Number, text and length in bytes of each line; only the beginning of a very long line."""
    data = content.data
    if data[: len(_BOM)] == _BOM:
        sheet.faults.add("byte-order-mark", 1)
    odd_ends: dict[str, list[int]] = {}
    for number, (start, end, stop) in enumerate(_ends(data, _BOM), start=1):
        if number > content.max_lines:
            sheet.faults.add("too-many-lines", number, detail=f"{content.max_lines:,}")
            sheet.is_whole = False
            break
        if code := _ODD_ENDS.get(bytes(data[end:stop])):
            odd_ends.setdefault(code, []).append(number)
        if end == stop:
            if not sheet.is_whole:
                break
            sheet.faults.add("no-last-newline", number)
        line = bytes(data[start : min(end, start + MAX_LINE_BYTES)])
        yield number, _decoded(line, number, sheet), end - start
    for code, numbers in odd_ends.items():
        sheet.faults.add(code, numbers[0], detail=str(len(numbers)))


def _ends(data: Bytes, mark: bytes) -> Iterator[tuple[int, int, int]]:
    """Offsets of each line: its start, the end of its text, the end of its line end."""
    start = len(mark) if data[: len(mark)] == mark else 0
    if data.find(b"\r") >= 0:
        for match in _LINE_END.finditer(data):
            yield start, match.start(), match.end()
            start = match.end()
    while start < len(data):
        end = data.find(b"\n", start)
        end, stop = (len(data), len(data)) if end < 0 else (end, end + 1)
        yield start, end, stop
        start = stop


def _decoded(line: bytes, number: int, sheet: Sheet) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        if error.start < MAX_LINE_BYTES - _LONGEST_CHARACTER:
            where = f"0x{line[error.start]:02x} at byte {error.start + 1} of the line"
            sheet.faults.add("not-utf-8", number, detail=where)
        return line.decode(errors="replace")


def _split(text: str, number: int, sheet: Sheet) -> list[str]:
    """Fields of a line, stripped."""
    separator = ","
    if separator not in text:
        stripped = text.strip()
        for other, name in _SEPARATORS.items():
            first, matched, _ = stripped.partition(other)
            if matched and (is_pid(first.strip()) or _is_keyword(first)):
                sheet.faults.add("separator", number, detail=name)
                text, separator = stripped, other
                break
    fields, odd = without_blanks(text, separator)
    for code, n in odd.items():
        sheet.faults.add(code, number, detail=str(n))
    return fields


def _is_header(fields: list[str], sheet: Sheet) -> bool:
    """True for the team line: by its first word, or as a first line too short for a list of tracks."""
    first = unquoted(fields[0]) or fields[0]
    if _is_keyword(first):
        return True
    is_first = sheet.header is None and not sheet.rows
    return is_first and len(fields) <= _MOST_HEADER_FIELDS and not is_pid(first)


def _is_keyword(text: str) -> bool:
    return re.sub(r"[\W_]", "", text).lower() == KEYWORD.replace("_", "")


def _read_header(fields: list[str], number: int, sheet: Sheet) -> None:
    if sheet.header is not None:
        sheet.faults.add("repeated-header", number, detail=str(sheet.header_line))
        return
    if sheet.rows:
        sheet.faults.add("header-not-first", number)
    sheet.header, sheet.header_line = [], number
    for text in fields:
        inner = unquoted(text)
        if inner is not None:
            sheet.faults.add("quotes", number, detail=shown(text))
        sheet.header.append(text if inner is None else inner)
    add_header_faults(sheet.faults, sheet.header, number)


def _read_row(fields: list[str], number: int, sheet: Sheet) -> Row:
    first, *tracks = fields
    inner = unquoted(first)
    if inner is not None:
        sheet.faults.add("quotes", number, detail=shown(first))
        first = inner
    pid = int(first) if is_pid(first) else None
    if pid is None:
        sheet.faults.add("bad-pid", number, detail=f"'{shown(first)}'")
    ids = sheet.vocabulary.known_ids(tracks)
    if None in ids:
        _read_tracks(tracks, ids, number, pid, sheet)
    return Row(number, pid, np.array(ids, np.int32), len(tracks) - tracks.count(""))


def _read_tracks(fields: list[str], ids: list[int | None], number: int, pid: int | None, sheet: Sheet) -> None:
    """Fill in the ids of fields with new texts, and add their faults.

    A code that all tracks of a line share is added once, for the line.
    """
    faults: list[tuple[str, int, str]] = []
    for column, known_id in enumerate(ids):
        if known_id is None:
            ids[column], field_faults = sheet.vocabulary.meaning(fields[column])
            faults.extend((code, column, detail) for code, detail in field_faults)
    n_faults = Counter(code for code, _, _ in faults)
    shared_codes = {code for code, n in n_faults.items() if n == len(fields) > 1}
    for code in shared_codes:
        column, detail = next((column, detail) for other, column, detail in faults if other == code)
        sheet.faults.add_track(code, number, pid, column + 1, fields[column], detail=detail, n_tracks=len(fields))
    for code, column, detail in faults:
        if code not in shared_codes:
            sheet.faults.add_track(code, number, pid, column + 1, fields[column], detail=detail)


def _check_rows(sheet: Sheet) -> None:
    """Add the faults of whole rows and of rows that contradict each other."""
    rows = sheet.rows
    if not rows and sheet.is_whole:
        sheet.faults.add("no-rows")
    if len(rows) > 1 and all(row.n_tracks == 1 for row in rows):
        sheet.faults.add("one-track-a-line", rows[0].line, detail=str(len(rows)))
        return
    first_of: dict[int, Row] = {}
    for row in rows:
        if row.is_read and row.n_tracks != TRACKS_PER_PLAYLIST:
            code = "too-few-tracks" if row.n_tracks < TRACKS_PER_PLAYLIST else "too-many-tracks"
            sheet.faults.add(code, row.line, row.pid, detail=str(row.n_tracks))
        _add_repeated_tracks(row, sheet)
        if row.pid is None:
            continue
        first = first_of.setdefault(row.pid, row)
        if first is not row:
            code = "repeated-row" if np.array_equal(first.ids, row.ids) else "repeated-pid"
            sheet.faults.add(code, row.line, row.pid, detail=str(first.line))


def _add_repeated_tracks(row: Row, sheet: Sheet) -> None:
    if len(set(row.ids.tolist())) == len(row.ids):
        return
    _, first_columns, inverse = np.unique(row.ids, return_index=True, return_inverse=True)
    first_column = first_columns[inverse]
    columns = np.flatnonzero((first_column < np.arange(len(row.ids))) & (row.ids != NO_ID))
    n_kept = sheet.faults.room("repeated-track")
    for column in columns[:n_kept].tolist():
        uri, detail = sheet.vocabulary.uris[row.ids[column]], str(first_column[column] + 1)
        sheet.faults.add_track("repeated-track", row.line, row.pid, column + 1, uri, detail=detail)
    sheet.faults.count("repeated-track", len(columns[n_kept:]))
