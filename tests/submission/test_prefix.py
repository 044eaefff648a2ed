"""The prefix of a URI, byte by byte: the fast and the general parser accept the same files."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from harness.errors import SubmissionError
from harness.rules import URI_PREFIX
from harness.submission.content import Content, read_content
from harness.submission.reader import read_regular, read_submission
from harness.submission.validate import validate

VALUES = (ord("X"), 0, ord(","))
STRANGER = "0" * 22


@pytest.fixture(scope="module")
def two(challenge):
    return challenge.take(np.arange(1, 3))


@pytest.fixture(scope="module", params=[",", ", "], ids=["comma", "comma and blank"])
def lines(request, valid):
    rows = valid.splitlines()
    return b"\n".join([rows[0], *(row.replace(b",", request.param.encode()) for row in rows[2:4]), b""])


def with_byte(data, place, value, *, is_known):
    """The file with one byte of a URI's prefix changed, in the second line."""
    start = data.index(URI_PREFIX.encode(), data.index(b"\n") + 500)
    out = bytearray(data)
    if not is_known:
        out[start + len(URI_PREFIX) : start + len(URI_PREFIX) + 22] = STRANGER.encode()
    out[start + place] = value
    return bytes(out)


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("place", range(len(URI_PREFIX)))
def test_a_changed_byte_is_refused_on_either_way(lines, two, tmp_path, place, is_known):
    path = tmp_path / "submission.csv"
    for value in VALUES:
        data = with_byte(lines, place, value, is_known=is_known)
        assert read_regular(Content(data), two) is None
        for pack in (bytes, gzip.compress) if value == VALUES[0] else (bytes,):
            path.write_bytes(pack(data))
            assert not validate(path).is_valid
            for corpus in ("lenient", "none"):
                assert not validate(path, two, corpus=corpus).is_valid
            with pytest.raises(SubmissionError):
                read_submission(path, two)


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_the_unchanged_prefix_is_accepted(lines, two, tmp_path, is_known):
    path = tmp_path / "submission.csv"
    path.write_bytes(with_byte(lines, 0, ord("s"), is_known=is_known))
    assert read_regular(read_content(path), two) is not None
    assert validate(path, two).is_valid
