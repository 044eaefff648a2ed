"""Lists of texts come out of an `.npy` as they went in; nothing else that a pickle may hold is run, or taken."""

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
    """Save an array, or these bytes behind the header of n objects; the file's path."""

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
def test_what_a_pickle_would_run_is_not_run(saved, tmp_path, kind, place):
    mark = tmp_path / "mark"
    attack = attacks(mark)[kind]
    content = {
        "in the array": array_of([["a"], attack]),
        "in a list": array_of([["a"], ["b", attack]]),
        "in place of the array": pickle.dumps(attack),
    }[place]
    message = refusal(saved(content))
    assert not mark.exists()
    assert "its pickle asks for " in message
    assert "do not trust this file" in message


def test_the_attack_is_one(tmp_path):
    mark = tmp_path / "mark"
    pickle.loads(pickle.dumps(attacks(mark)["os.system"]))
    assert mark.exists(), "or the tests above show nothing"


def test_a_forged_state_reaches_no_function_of_numpy(saved):
    dtype = np.dtype(object)
    forged = Reduced(np._core.multiarray._reconstruct, (np.ndarray, (0,), b"b"), (1, (1,), dtype, False, b"8 bytes!"))
    assert "its pickle is not the array of shape (1,)" in refusal(saved(pickle.dumps(forged)))


def test_a_pickle_that_points_outside_itself_is_refused(saved):
    content = io.BytesIO()
    pickler = pickle.Pickler(content)
    pickler.persistent_id = lambda item: "elsewhere" if item == "a" else None
    pickler.dump(["a"])
    assert "its pickle points outside itself" in refusal(saved(content.getvalue()))


def test_lists_that_are_shared_to_fill_the_memory_are_refused(saved):
    row = ["a"] * 1_000
    assert "its lists hold more than the file could" in refusal(saved(array_of([row] * 1_000)))


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
def test_a_file_that_breaks_off_is_said_to(saved, share):
    path = saved(array_of([[f"track_{i}" for i in range(50)] for _ in range(50)]))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refusal(path).endswith("the pickle breaks off; copy the file again")


@pytest.mark.parametrize("n_bytes", [0, 3, 20])
def test_a_file_without_a_whole_header_is_none(saved, n_bytes):
    path = saved(array_of(LISTS))
    path.write_bytes(path.read_bytes()[:n_bytes])
    assert "is no .npy file" in refusal(path)


@pytest.mark.parametrize("damage", [b"\xff" * 40, b"I12x\n.", b"(((.", b"\x80\x04N.", b"\x80\x04]q\x01."])
def test_any_other_bytes_are_refused(saved, damage):
    assert "copy the file again" in (message := refusal(saved(damage))) or "is not the array" in message


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (np.array(["a", "b"]), "1-dimensional array of <U1"),
        (np.zeros((2, 3)), "2-dimensional array of float64"),
        (np.zeros(3, np.int64), "1-dimensional array of int64"),
        (np.empty((1, 1, 1), object), "3-dimensional array of object"),
    ],
)
def test_an_array_of_anything_but_lists_is_named(saved, array, what):
    assert f"it holds a {what}, not one of lists of texts" in refusal(saved(array))


@pytest.mark.parametrize(
    ("items", "what"),
    [
        ([["a"], None], "list 1: something of type NoneType, no list of texts"),
        ([["a"], "track_1"], "list 1: something of type str, no list of texts"),
        ([["a"], np.array(["b"])], "list 1: something like an array that holds no objects, no list of texts"),
        ([["a"], ["b", 7]], "list 1, place 1: something of type int where a text is needed"),
        ([["a"], ["b", ["c"]]], "list 1, place 1: something of type list where a text is needed"),
        ([["a"], [b"b"]], "list 1, place 0: something of type bytes where a text is needed"),
    ],
)
def test_what_is_no_list_of_texts_is_named_with_its_place(saved, items, what):
    assert what in refusal(saved(array_of(items)))
