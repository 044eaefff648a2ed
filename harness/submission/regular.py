"""The text of a regular submission -> arrays, without a Python object for each track."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.parallel import in_blocks
from harness.rules import TRACKS_PER_PLAYLIST, URI_DIGITS, URI_PREFIX
from harness.submission.fields import MAX_PID_DIGITS
from harness.submission.header import KEYWORD
from harness.submission.matching import TAIL_BYTES, URI_BYTES, WORDS, TrackIndex
from harness.types import NO_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from numpy.typing import NDArray

    from harness.types import Catalog, Ids

_ROWS_AT_ONCE = 200
"""So many rows stay in the processor's cache from step to step."""

_STRIDES = {1 + URI_BYTES: b",", 2 + URI_BYTES: b", "}
"""Bytes from one track to the next -> what parts them."""

_QUOTES = frozenset("\"'")
_PREFIX = URI_PREFIX.encode()
_IS_DIGIT = np.isin(np.arange(256), np.frombuffer((string.ascii_letters + string.digits).encode(), np.uint8))


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What the lines of a submission say.

    Attributes:
        header: the fields of the team's line.
        header_line: its number, from 1.
        pids: (n,) int64, in the file's order.
        tracks: ids in a catalog, (n, 500) int32; `catalog.n_tracks + i` stands for unknown URI i.
        unknown: well-formed URIs that the catalog lacks, each once.
    """

    header: list[str]
    header_line: int
    pids: NDArray[np.int64]
    tracks: Ids
    unknown: list[str]


def parse_regular(data: bytes | mmap, catalog: Catalog) -> Rows | None:
    """Read a text in which every line is as it should be; None for any other, which is no verdict.

    Regular is: UTF-8, the first line first, then lines of a pid and 500 well-formed URIs with nothing but
    a comma, or in the whole file a comma and a blank, before each; comments and blank lines anywhere.

    Args:
        data: the text's bytes.
        catalog: what the ids mean.
    """
    found = _lines(data)
    if found is None or not found[1]:
        return None
    (header_line, header), pids, spans = found
    stride, rest = divmod(spans[0][1] - spans[0][0], TRACKS_PER_PLAYLIST)
    if rest or stride not in _STRIDES or any(end - start != stride * TRACKS_PER_PLAYLIST for start, end in spans):
        return None
    cells = _Cells(np.frombuffer(data, np.uint8), spans, stride, TrackIndex(catalog))
    in_blocks(cells.read, len(spans), "tracks", block=_ROWS_AT_ONCE)
    strangers = [cells.strangers[first] for first in sorted(cells.strangers)]
    unknown, codes = np.unique(np.concatenate(strangers), return_inverse=True)
    if not cells.are_regular or not _IS_DIGIT[unknown.view(np.uint8)].all():
        return None
    cells.tracks[cells.tracks == NO_ID] = catalog.n_tracks + codes
    uris = [URI_PREFIX + digits.decode() for digits in unknown.tolist()]
    return Rows(header, header_line, np.array(pids, np.int64), cells.tracks, uris)


class _Cells:
    """The tracks of all lines, read block by block in any order."""

    def __init__(self, raw: NDArray[np.uint8], spans: list[tuple[int, int]], stride: int, index: TrackIndex) -> None:
        self._raw, self._spans, self._index = raw, spans, index
        self._type = _cell(stride)
        self._begin = (_STRIDES[stride] + _PREFIX)[: stride - TAIL_BYTES]
        self.tracks = np.empty((len(spans), TRACKS_PER_PLAYLIST), np.int32)
        self.strangers: dict[int, NDArray[np.bytes_]] = {}
        self.are_regular = True

    def read(self, first: int, end: int) -> None:
        """Read the lines from `first` up to `end`."""
        cells = np.concatenate([self._raw[start:stop] for start, stop in self._spans[first:end]]).view(self._type)
        if not self._is_regular(cells):
            self.are_regular = False
        ids = self._index.ids(cells["tail"].copy().view("<u8").reshape(-1, WORDS))
        self.strangers[first] = cells["digits"][ids == NO_ID]
        self.tracks[first:end] = ids.reshape(end - first, TRACKS_PER_PLAYLIST)

    def _is_regular(self, cells: NDArray[np.void]) -> bool:
        first, last = (np.frombuffer(part, "<u8")[0] for part in (self._begin[:8], self._begin[-8:]))
        return bool((cells["first"] == first).all() and (cells["last"] == last).all())


def _lines(data: bytes | mmap) -> tuple[tuple[int, list[str]], list[int], list[tuple[int, int]]] | None:
    """The team's line, number and fields, and each playlist's pid and the place of its tracks; None if one is odd."""
    header: tuple[int, list[str]] | None = None
    pids: list[int] = []
    spans: list[tuple[int, int]] = []
    for number, (start, end) in enumerate(_ends(data), start=1):
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


def _ends(data: bytes | mmap) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield start, end
        start = end + 1


def _cell(stride: int) -> np.dtype[np.void]:
    """A comma, its blank and a URI: two numbers that are the same in every track, then what tells it apart."""
    begin = stride - TAIL_BYTES
    return np.dtype(
        {
            "names": ["first", "last", "tail", "digits"],
            "formats": ["<u8", "<u8", f"V{TAIL_BYTES}", f"S{URI_DIGITS}"],
            "offsets": [0, begin - 8, begin, stride - URI_DIGITS],
            "itemsize": stride,
        }
    )
