"""Fingerprints: equal contents have equal ones on every machine, other contents do not."""

import struct
from hashlib import blake2b

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.fingerprint import Fingerprint

texts = st.lists(st.none() | st.text(alphabet="ab\x00\x1f🎧", max_size=3), max_size=4)


def of(*values):
    return str(Fingerprint().texts(values))


def test_the_values_never_change():
    assert str(Fingerprint()) == "cae66941d9efbd404e4d88758ea67670"
    assert of("pop", None, "", "🎧") == "97ac17638dc20c90a902426866300c47"
    assert str(Fingerprint().array(np.array([[1, 2], [3, -4]], np.int64))) == "49b2527d47663c7b692a2389219d9208"


def test_a_fingerprint_is_the_digest_of_types_shapes_and_bytes():
    expected = b"<i4(2,)" + struct.pack("<2i", 1, -2) + b"<i8(3,)" + struct.pack("<3q", 2, -1, 1) + "añb".encode()
    made = Fingerprint().array(np.array([1, -2], np.int32)).texts(["añ", None, "b"])
    assert str(made) == blake2b(expected, digest_size=16).hexdigest()


@given(texts, texts)
def test_only_equal_texts_have_equal_fingerprints(one, other):
    assert (of(*one) == of(*other)) == (one == other)


def test_none_an_empty_text_and_nothing_differ():
    assert len({of(), of(""), of(None), of("", ""), of("\x00"), of("\x1f")}) == 6


def test_texts_and_their_concatenation_differ():
    assert len({of("ab"), of("a", "b"), of("a\x1fb"), of("b", "a")}) == 4


def test_half_a_surrogate_pair_is_a_text_like_any_other():
    assert of("\ud83c") != of("\ud83d")


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5))
def test_bytes_are_little_endian_and_dense_on_every_machine(values):
    array = np.array(values, np.int32)
    expected = str(Fingerprint().array(array))
    assert str(Fingerprint().array(array.astype(">i4"))) == expected
    assert str(Fingerprint().array(np.repeat(array, 2)[::2])) == expected


def test_type_and_shape_count():
    zeros = [np.zeros(4, np.int32), np.zeros(4, np.float32), np.zeros((2, 2), np.int32), np.zeros(2, np.int64)]
    empty = [np.zeros(0, np.int32), np.zeros((0, 2), np.int32)]
    assert len({str(Fingerprint().array(array)) for array in zeros + empty}) == 6


def test_the_order_of_added_contents_matters():
    one, two = np.array([1]), np.array([2])
    assert str(Fingerprint().array(one).array(two)) != str(Fingerprint().array(two).array(one))
    assert str(Fingerprint().texts(["a"]).texts(["b"])) != of("a", "b")


def test_a_read_only_or_mapped_array_can_be_added(tmp_path):
    np.save(tmp_path / "array.npy", np.arange(5))
    mapped = np.load(tmp_path / "array.npy", mmap_mode="r")
    assert str(Fingerprint().array(mapped)) == str(Fingerprint().array(np.arange(5)))
