"""Safe reader of lists of texts from an `.npy` object array: nothing that its pickle names is executed."""

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
    """Stand-in for the callables in an array's pickle: accepts any arguments and does nothing."""

    def __init__(self, *_arguments: object) -> None:
        pass

    def __setstate__(self, _state: object) -> None:
        pass


class _Array:
    """Stand-in for an array: records its shape and its list of items."""

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
"""The globals that a pickle of lists and texts may name, and their stand-ins.

NumPy's own functions are never called: with a forged state they interpret bytes as memory addresses.
"""


class _Refused(Exception):  # noqa: N818 - private, caught in this module
    pass


class _ListsOnly(pickle.Unpickler):
    """Unpickler restricted to lists, texts, numbers and the stand-ins."""

    def find_class(self, module: str, name: str) -> type:
        stand_in = _STAND_INS.get((module, name))
        if stand_in is None:
            raise _Refused(f"its pickle refers to {module}.{name}, but only lists of texts are read")
        return stand_in

    def persistent_load(self, _pid: object) -> NoReturn:
        raise _Refused("its pickle refers to external objects, but only lists of texts are read")


def read_lists(path: Path) -> list[Sequence[str]]:
    """Read the lists of texts of a file, in file order.

    The file is a one-dimensional object array of lists or of object arrays of texts, or, if all playlists have the
    same length, a two-dimensional object array of texts.

    Raises:
        DataError: the file is not such an array, is truncated, or refers to anything but lists and texts; nothing
            that it refers to was executed.
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
            raise DataError(f"{path}: the pickle is truncated; copy the file again") from None
        except Exception as error:  # noqa: BLE001 - a damaged pickle can raise anything
            is_truncated = "truncated" in str(error)
            damage = "truncated" if is_truncated else f"damaged ({type(error).__name__}: {error})"
            raise DataError(f"{path}: the pickle is {damage}; copy the file again") from None
    lists = _lists(path, array, shape)
    for number, texts in enumerate(lists):
        if not all(type(text) is str for text in texts):
            index = next(index for index, text in enumerate(texts) if type(text) is not str)
            raise DataError(
                f"{path}, list {number}, index {index}: expected a text, got {_describe(texts[index])}; {_REMEDY}"
            )
    return lists


def _shape(path: Path, file: BinaryIO) -> tuple[int, ...]:
    """Read the array's shape from the header; the file is then positioned at the start of the pickle."""
    try:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        with warnings.catch_warnings(action="ignore"):
            shape, _, dtype = read_header(file)
    except Exception:  # noqa: BLE001 - a header is evaluated as Python and can raise anything
        raise DataError(f"{path} is not an .npy file, or its header is damaged; copy it again, or {_REMEDY}") from None
    if dtype != np.dtype(object) or len(shape) not in (1, 2):
        raise DataError(
            f"{path} holds a {len(shape)}-dimensional array of {dtype}, not an array of lists of texts; {_REMEDY}"
        )
    return tuple(shape)


def _check_opcodes(path: Path, data: bytes, start: int) -> None:
    """Refuse a pickle whose opcodes could take more time or memory than lists of texts; raises DataError."""
    from harness.data.pickle_kernels import LARGE_INDEX, SOUND, TRUNCATED, first_fault

    kind, offset = first_fault(np.frombuffer(data, np.uint8), start)
    if kind == SOUND:
        return
    if kind == TRUNCATED:
        raise DataError(f"{path}: the pickle is truncated; copy the file again")
    fault = "refers to more objects than it holds" if kind == LARGE_INDEX else "holds more than lists of texts"
    raise DataError(
        f"{path}: the pickle is damaged or {fault} (byte {offset}); do not trust this file, copy the file again, "
        f"or {_REMEDY}"
    )


def _lists(path: Path, array: Any, shape: tuple[int, ...]) -> list[Sequence[str]]:
    """The playlists, their entries not yet checked."""
    items = array.items if isinstance(array, _Array) else None
    n_items = int(np.prod(shape, dtype=object))
    if not isinstance(items, list) or array.shape != shape or len(items) != n_items:
        raise DataError(f"{path}: its pickle does not hold an array of the header's shape {shape}; {_REMEDY}")
    if shape[1:]:
        width = shape[1]
        items = [items[row * width : (row + 1) * width] for row in range(shape[0] if width else 0)]
    lists: list[Any] = [item.items if isinstance(item, _Array) else item for item in items]
    for number, texts in enumerate(lists):
        if not isinstance(texts, list | tuple):
            raise DataError(
                f"{path}, list {number}: expected a list of texts, got {_describe(items[number])}; {_REMEDY}"
            )
    if sum(map(len, lists)) > path.stat().st_size:  # an entry takes at least one byte, unless lists are shared
        raise DataError(
            f"{path}: its lists have more entries than the file can hold; do not trust this file, or {_REMEDY}"
        )
    return lists


def _describe(item: object) -> str:
    return "an array without objects" if isinstance(item, _Array) else f"a value of type {type(item).__name__}"
