"""Lists of texts are read unchanged from an `.npy`; anything else in its pickle is refused and never executed."""

import io
import os
import pickle

import numpy as np
import pytest

from harness.data.npy_lists import read_lists
from harness.errors import DataError

LISTS = [["track_1", "artist_9"], [], ["track_2", "track_1", "träck"]]


def array_of(items):
    array = np.empty(len(items), object)
    array[:] = items
    return array


@pytest.fixture
def saved(tmp_path):
    """Save an array, or bytes after the header for n objects; returns the path."""

    def save(content, n=1):
        path = tmp_path / "lists.npy"
        if isinstance(content, bytes):
            with path.open("wb") as file:
                header = {"descr": "|O", "fortran_order": False, "shape": (n,)}
                np.lib.format.write_array_header_1_0(file, header)
                file.write(content)
        else:
            np.save(path, content, allow_pickle=True)
        return path

    return save


def refusal(path):
    with pytest.raises(DataError) as caught:
        read_lists(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_lists_come_back_as_they_were_saved(saved):
    assert [list(each) for each in read_lists(saved(array_of(LISTS)))] == LISTS


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_is_read(saved, protocol):
    pickled = pickle.dumps(array_of(LISTS), protocol=protocol)
    assert [list(each) for each in read_lists(saved(pickled, n=3))] == LISTS


def test_the_old_name_of_numpys_module_is_read(saved):
    pickled = pickle.dumps(array_of(LISTS), protocol=2).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert [list(each) for each in read_lists(saved(pickled, n=3))] == LISTS


def test_lists_of_one_length_and_lists_that_are_arrays_are_read(saved):
    assert [list(each) for each in read_lists(saved(np.array([["a", "b"], ["c", "d"]], object)))] == [
        ["a", "b"],
        ["c", "d"],
    ]
    assert [list(each) for each in read_lists(saved(array_of([array_of(["a", "b"]), ["c"]])))] == [["a", "b"], ["c"]]


class Reduced:
    def __init__(self, *how):
        self.how = how

    def __reduce__(self):
        return self.how


def attacks(mark):
    return {
        "os.system": Reduced(os.system, (f"touch {mark}",)),
        "exec": Reduced(exec, (f"open({str(mark)!r}, 'w')",)),
        "open": Reduced(open, (str(mark), "w")),
        "numpy.load": Reduced(np.load, (str(mark),)),
        "getattr": Reduced(getattr, ([], "append")),
    }


@pytest.mark.parametrize("kind", ["os.system", "exec", "open", "numpy.load", "getattr"])
@pytest.mark.parametrize("place", ["in the array", "in a list", "in place of the array"])
def test_code_in_a_pickle_is_not_executed(saved, tmp_path, kind, place):
    mark = tmp_path / "mark"
    attack = attacks(mark)[kind]
    content = {
        "in the array": array_of([["a"], attack]),
        "in a list": array_of([["a"], ["b", attack]]),
        "in place of the array": pickle.dumps(attack),
    }[place]
    message = refusal(saved(content))
    assert not mark.exists()
    assert "its pickle refers to " in message
    assert "do not trust this file" in message


def test_the_attack_works_with_the_standard_unpickler(tmp_path):
    mark = tmp_path / "mark"
    pickle.loads(pickle.dumps(attacks(mark)["os.system"]))
    assert mark.exists(), "the attack is harmless, so the tests above prove nothing"


def test_a_forged_array_state_is_refused(saved):
    dtype = np.dtype(object)
    forged = Reduced(np._core.multiarray._reconstruct, (np.ndarray, (0,), b"b"), (1, (1,), dtype, False, b"8 bytes!"))
    assert "its pickle does not hold an array of the header's shape (1,)" in refusal(saved(pickle.dumps(forged)))


def test_a_pickle_with_external_objects_is_refused(saved):
    content = io.BytesIO()
    pickler = pickle.Pickler(content)
    pickler.persistent_id = lambda item: "elsewhere" if item == "a" else None
    pickler.dump(["a"])
    assert "its pickle refers to external objects" in refusal(saved(content.getvalue()))


def test_shared_lists_that_would_fill_the_memory_are_refused(saved):
    row = ["a"] * 1_000
    assert "its lists have more entries than the file can hold" in refusal(saved(array_of([row] * 1_000)))


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_reported_as_truncated(saved, share):
    path = saved(array_of([[f"track_{i}" for i in range(50)] for _ in range(50)]))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refusal(path).endswith("the pickle is truncated; copy the file again")


@pytest.mark.parametrize("n_bytes", [0, 3, 20])
def test_a_file_without_a_complete_header_is_refused(saved, n_bytes):
    path = saved(array_of(LISTS))
    path.write_bytes(path.read_bytes()[:n_bytes])
    assert "is not an .npy file" in refusal(path)


@pytest.mark.parametrize("damage", [b"\xff" * 40, b"I12x\n.", b"(((.", b"\x80\x04N.", b"\x80\x04]q\x01."])
def test_any_other_bytes_are_refused(saved, damage):
    assert "copy the file again" in (message := refusal(saved(damage))) or "does not hold an array" in message


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (np.array(["a", "b"]), "1-dimensional array of <U1"),
        (np.zeros((2, 3)), "2-dimensional array of float64"),
        (np.zeros(3, np.int64), "1-dimensional array of int64"),
        (np.empty((1, 1, 1), object), "3-dimensional array of object"),
    ],
)
def test_an_array_of_anything_but_lists_is_refused_with_its_type(saved, array, what):
    assert f"holds a {what}, not an array of lists of texts" in refusal(saved(array))


@pytest.mark.parametrize(
    ("items", "what"),
    [
        ([["a"], None], "list 1: expected a list of texts, got a value of type NoneType"),
        ([["a"], "track_1"], "list 1: expected a list of texts, got a value of type str"),
        ([["a"], np.array(["b"])], "list 1: expected a list of texts, got an array without objects"),
        ([["a"], ["b", 7]], "list 1, index 1: expected a text, got a value of type int"),
        ([["a"], ["b", ["c"]]], "list 1, index 1: expected a text, got a value of type list"),
        ([["a"], [b"b"]], "list 1, index 0: expected a text, got a value of type bytes"),
    ],
)
def test_an_entry_that_is_not_a_text_is_refused_with_its_index(saved, items, what):
    assert what in refusal(saved(array_of(items)))
