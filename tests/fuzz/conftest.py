"""Mutations of bytes at random, with fixed seeds; a hundred files by default, two thousand under `slow`."""

import pytest

TOKENS = (
    *(b"\n", b"\r", b"\r\n", b",", b"\0", b'"', b"'", b"#", b"\t", b" ", b"\xff", b"\xef\xbb\xbf", b"\\", b"\\ud83c"),
    *(b"{", b"}", b"[", b"]", b":", b"null", b"NaN", b"-1", b"1e999", b"true", b"9" * 30, b"\x1b]0;x\x07", b"..", b"/"),
    *("\u202e".encode(), "\u0085".encode(), "\u00a0".encode(), "\ud800".encode("utf-8", "surrogatepass")),
)


def mutated_bytes(data, rng, most=4):
    """The data with up to `most` random changes."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, most + 1))):
        place = int(rng.integers(len(out) + 1))
        kind = rng.integers(8)
        if kind == 0 and place < len(out):
            out[place] = int(rng.integers(256))
        elif kind == 1 and place < len(out):
            out[place] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            out[place:place] = rng.bytes(int(rng.integers(1, 20)))
        elif kind == 3:
            del out[place : place + int(rng.integers(1, 40))]
        elif kind == 4:
            out[place:place] = out[place : place + int(rng.integers(1, 2000))]
        elif kind == 5:
            out[place : place + int(rng.integers(0, 3))] = TOKENS[int(rng.integers(len(TOKENS)))]
        elif kind == 6:
            n = int(rng.integers(1, 600))
            out[place : place + n] = bytes(len(out[place : place + n]))
        elif rng.random() < 0.3:
            del out[place:]
    return bytes(out)


@pytest.fixture(scope="session")
def mutated():
    return mutated_bytes


@pytest.fixture(
    params=[pytest.param(40, id="40"), pytest.param(2_000, id="2000", marks=pytest.mark.slow)], scope="module"
)
def n_files(request):
    """How many files a fuzzer makes."""
    return request.param
