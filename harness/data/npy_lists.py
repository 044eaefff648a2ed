"""Lists of texts in an `.npy` file of objects, read without running anything that its pickle may hold."""

from __future__ import annotations

import io
import pickle
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

_REMEDY = "write it again with numpy.save(file, numpy.array(lists, dtype=object)), each list of plain texts"


class _Inert:
    """Stands for whatever an array's pickle names beside its items: takes anything, does nothing."""

    def __init__(self, *_arguments: object) -> None:
        pass

    def __setstate__(self, _state: object) -> None:
        pass


class _Array:
    """Stands for an array under reconstruction: keeps its shape and its items, if they are a list."""

    def __init__(self, *_arguments: object) -> None:
        self.shape: object = None
        self.items: object = None

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) > 1:
            self.shape, self.items = state[1], state[-1]


_STAND_INS: dict[tuple[str, str], type] = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Inert,
    ("numpy", "dtype"): _Inert,
    ("_codecs", "encode"): _Inert,
}
"""All that a pickle of lists and texts may name, and what it gets instead.

NumPy's own functions are not among them: a forged state can make them take bytes for addresses.
"""


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    pass


class _ListsOnly(pickle.Unpickler):
    """An unpickler for which nothing exists but lists, texts, numbers and the stand-ins."""

    def find_class(self, module: str, name: str) -> type:
        found = _STAND_INS.get((module, name))
        if found is None:
            raise _Refused(f"its pickle asks for {module}.{name}, and nothing but lists of texts is read")
        return found

    def persistent_load(self, _pid: object) -> NoReturn:
        raise _Refused("its pickle points outside itself, and nothing but lists of texts is read")


def read_lists(path: Path) -> list[Sequence[str]]:
    """The lists of texts that the file holds, in its order.

    A playlist may be a list, or an array of texts as objects; the whole is an array of one dimension, or of two
    where all playlists are equally long.

    Raises:
        DataError: the file is no such array, breaks off, or asks for anything but lists and texts: then nothing
            of what it asks for was done.
    """
    data = path.read_bytes()
    with io.BytesIO(data) as file:
        shape = _shape(path, file)
        _check_opcodes(path, data, file.tell())
        try:
            array = _ListsOnly(file).load()
        except _Refused as refused:
            raise DataError(f"{path}: {refused}; do not trust this file, or {_REMEDY}") from None
        except EOFError:
            raise DataError(f"{path}: the pickle breaks off; copy the file again") from None
        except Exception as error:  # noqa: BLE001 - a damaged pickle raises whatever its instructions lead to
            truncated = "truncated" in str(error)
            what = "breaks off" if truncated else f"is damaged ({type(error).__name__}: {error})"
            raise DataError(f"{path}: the pickle {what}; copy the file again") from None
    lists = _lists(path, array, shape)
    for number, each in enumerate(lists):
        if not all(type(text) is str for text in each):
            place = next(place for place, text in enumerate(each) if type(text) is not str)
            what = f"something {_named(each[place])} where a text is needed"
            raise DataError(f"{path}, list {number}, place {place}: {what}; {_REMEDY}")
    return lists


def _shape(path: Path, file: BinaryIO) -> tuple[int, ...]:
    """The array's shape as the header tells it; the file then stands where the pickle begins."""
    try:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        with warnings.catch_warnings(action="ignore"):
            shape, _, dtype = read_header(file)
    except Exception:  # noqa: BLE001 - a damaged header is evaluated as Python, and raises what that raises
        raise DataError(f"{path} is no .npy file, or its header is damaged; copy it again, or {_REMEDY}") from None
    if dtype != np.dtype(object) or len(shape) not in (1, 2):
        raise DataError(
            f"{path}: it holds a {len(shape)}-dimensional array of {dtype}, not one of lists of texts; {_REMEDY}"
        )
    return tuple(shape)


def _check_opcodes(path: Path, data: bytes, start: int) -> None:
    """Refuse a pickle whose opcodes could take more time or memory than lists of texts can; raises DataError."""
    from harness.data.pickle_kernels import BREAKS_OFF, LARGE_INDEX, SOUND, first_fault

    kind, offset = first_fault(np.frombuffer(data, np.uint8), start)
    if kind == SOUND:
        return
    if kind == BREAKS_OFF:
        raise DataError(f"{path}: the pickle breaks off; copy the file again")
    what = "refers to more objects than it holds" if kind == LARGE_INDEX else "holds something else than lists of texts"
    raise DataError(
        f"{path}: the pickle is damaged or {what} (byte {offset}); do not trust this file, copy the file again, "
        f"or {_REMEDY}"
    )


def _lists(path: Path, array: Any, shape: tuple[int, ...]) -> list[Sequence[str]]:
    """The playlists, whatever their entries are."""
    items = array.items if isinstance(array, _Array) else None
    n_items = int(np.prod(shape, dtype=object))
    if not isinstance(items, list) or array.shape != shape or len(items) != n_items:
        raise DataError(f"{path}: its pickle is not the array of shape {shape} that its header tells of; {_REMEDY}")
    if shape[1:]:
        width = shape[1]
        items = [items[row * width : (row + 1) * width] for row in range(shape[0] if width else 0)]
    lists: list[Any] = [each.items if isinstance(each, _Array) else each for each in items]
    for number, each in enumerate(lists):
        if not isinstance(each, list | tuple):
            raise DataError(f"{path}, list {number}: something {_named(items[number])}, no list of texts; {_REMEDY}")
    if sum(map(len, lists)) > path.stat().st_size:  # each entry takes a byte at least, unless lists are shared
        raise DataError(f"{path}: its lists hold more than the file could; do not trust this file, or {_REMEDY}")
    return lists


def _named(item: object) -> str:
    return "like an array that holds no objects" if isinstance(item, _Array) else f"of type {type(item).__name__}"
