"""Fast parser of regular submissions, without a Python object per track."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.parallel import in_blocks
from harness.ragged import NO_ID
from harness.rules import TRACKS_PER_PLAYLIST, URI_DIGITS, URI_PREFIX
from harness.submission.fields import MAX_PID_DIGITS
from harness.submission.header import KEYWORD
from harness.submission.limits import MAX_LINE_BYTES
from harness.submission.matching import TAIL_BYTES, URI_BYTES, WORDS, TrackIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness.ragged import Ids
    from harness.submission.content import Bytes, Content
    from harness.types import Catalog

_ROWS_AT_ONCE = 200
"""Rows per block, so that a block stays in the processor's cache."""

_STRIDES = {1 + URI_BYTES: b",", 2 + URI_BYTES: b", "}
"""Bytes from one track to the next -> separator."""

_QUOTES = frozenset("\"'")
_PREFIX = URI_PREFIX.encode()
_IS_DIGIT = np.isin(np.arange(256), np.frombuffer((string.ascii_letters + string.digits).encode(), np.uint8))


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Contents of the lines of a submission.

    Attributes:
        header: fields of the team line.
        header_line: its line number, from 1.
        pids: (n,) int64, in the order of the file.
        tracks: ids of a catalog, (n, 500) int32; `catalog.n_tracks + i` is unknown URI i.
        unknown: distinct well-formed URIs that are not in the catalog.
    """

    header: list[str]
    header_line: int
    pids: NDArray[np.int64]
    tracks: Ids
    unknown: list[str]


def parse_regular(content: Content, catalog: Catalog) -> Rows | None:
    """Read a regular text; None if it is not regular, which does not mean that it is invalid.

    Regular text is UTF-8: the team line, then lines with a pid and 500 well-formed URIs, each after a comma (or,
    in the whole file, after a comma and a space); comments and blank lines anywhere.

    Args:
        content: content of the file.
        catalog: catalog of the ids.
    """
    lines = _lines(content)
    if lines is None or not lines[1]:
        return None
    (header_line, header), pids, spans = lines
    stride, rest = divmod(spans[0][1] - spans[0][0], TRACKS_PER_PLAYLIST)
    if rest or stride not in _STRIDES or any(end - start != stride * TRACKS_PER_PLAYLIST for start, end in spans):
        return None
    cells = _Cells(np.frombuffer(content.data, np.uint8), spans, stride, TrackIndex(catalog))
    in_blocks(cells.read, len(spans), "tracks", block=_ROWS_AT_ONCE)
    if not cells.are_regular:
        return None
    unknown, codes = _distinct([cells.unknown_uris[first] for first in sorted(cells.unknown_uris)])
    if not _IS_DIGIT[unknown.view(np.uint8)].all():
        return None
    cells.tracks[cells.tracks == NO_ID] = catalog.n_tracks + codes
    uris = [URI_PREFIX + digits.decode() for digits in unknown.tolist()]
    return Rows(header, header_line, np.array(pids, np.int64), cells.tracks, uris)


def _distinct(blocks: list[tuple[NDArray[np.bytes_], Ids]]) -> tuple[NDArray[np.bytes_], Ids]:
    """Distinct texts of all blocks, sorted, and for each entry of the blocks the number of its text."""
    texts = np.concatenate([block_texts for block_texts, _ in blocks])
    distinct, numbers = np.unique(texts, return_inverse=True)
    numbers_of_blocks = np.split(
        numbers.astype(np.int32), np.cumsum([len(block_texts) for block_texts, _ in blocks])[:-1]
    )
    codes = [
        block_numbers[block_codes] for block_numbers, (_, block_codes) in zip(numbers_of_blocks, blocks, strict=True)
    ]
    return distinct, np.concatenate(codes)


class _Cells:
    """Tracks of all lines, read block by block in any order."""

    def __init__(self, raw: NDArray[np.uint8], spans: list[tuple[int, int]], stride: int, index: TrackIndex) -> None:
        self._raw, self._spans, self._index = raw, spans, index
        self._type = _cell(stride)
        self._begin = _STRIDES[stride] + _PREFIX
        self.tracks = np.empty((len(spans), TRACKS_PER_PLAYLIST), np.int32)
        self.unknown_uris: dict[int, tuple[NDArray[np.bytes_], Ids]] = {}
        self.are_regular = True

    def read(self, first: int, end: int) -> None:
        """Read the lines from `first` up to `end`."""
        cells = np.concatenate([self._raw[start:stop] for start, stop in self._spans[first:end]]).view(self._type)
        if not self._is_regular(cells):
            self.are_regular = False
            return
        ids = self._index.ids(cells["tail"].copy().view("<u8").reshape(-1, WORDS))
        unknown, codes = np.unique(cells["digits"][ids == NO_ID], return_inverse=True)
        self.unknown_uris[first] = unknown, codes.astype(np.int32)
        self.tracks[first:end] = ids.reshape(end - first, TRACKS_PER_PLAYLIST)

    def _is_regular(self, cells: NDArray[np.void]) -> bool:
        first, last = (np.frombuffer(part, "<u8")[0] for part in (self._begin[:8], self._begin[-8:]))
        return bool((cells["first"] == first).all() and (cells["last"] == last).all())


def _lines(content: Content) -> tuple[tuple[int, list[str]], list[int], list[tuple[int, int]]] | None:
    """Team line (number and fields), pids, and byte range of each playlist's tracks; None if a line is irregular."""
    data = content.data
    header: tuple[int, list[str]] | None = None
    pids: list[int] = []
    spans: list[tuple[int, int]] = []
    for number, (start, end) in enumerate(_ends(data), start=1):
        if number > content.max_lines or end - start > MAX_LINE_BYTES:
            return None
        comma = data.find(b",", start, end)
        if header is not None and comma > 0 and (pid := data[start:comma].strip(b" ")).isdigit():
            if len(pid) > MAX_PID_DIGITS:
                return None
            pids.append(int(pid))
            spans.append((comma, end))
            continue
        try:
            line = data[start:end].decode().strip(" ")
        except UnicodeDecodeError:
            return None
        if not line or (line.startswith("#") and "\r" not in line):
            continue
        fields = [field.strip(" ") for field in line.split(",")]
        if header is not None or fields[0] != KEYWORD or not line.isprintable() or _QUOTES.intersection(line):
            return None
        header = number, fields
    return None if header is None else (header, pids, spans)


def _ends(data: Bytes) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield start, end
        start = end + 1


def _cell(stride: int) -> np.dtype[np.void]:
    """Record type of a separator and a URI.

    `first` and `last` together cover everything before the digits, which is equal in all tracks; `tail`, the digits
    and the end of the prefix, is the key of the index.
    """
    begin = stride - URI_DIGITS
    return np.dtype(
        {
            "names": ["first", "last", "tail", "digits"],
            "formats": ["<u8", "<u8", f"V{TAIL_BYTES}", f"S{URI_DIGITS}"],
            "offsets": [0, begin - 8, stride - TAIL_BYTES, begin],
            "itemsize": stride,
        }
    )
