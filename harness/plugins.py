"""Plug-ins of one kind by name: entry points, and objects in a file; nothing is imported before it is used."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import RegistryError

if TYPE_CHECKING:
    from types import ModuleType


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of plug-in.

    Attributes:
        group: the entry-point group in which a distribution names its plug-ins of this kind.
        noun: what messages call one, e.g. `metric`.
    """

    group: str
    noun: str


def registered(kind: Kind) -> dict[str, EntryPoint]:
    """Every registered name and its entry point, sorted by name.

    Raises:
        RegistryError: two distributions claim one name.
    """
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=kind.group):
        other = points.setdefault(point.name, point)
        if other.value != point.value:
            raise RegistryError(
                f"{kind.noun} {point.name!r} is claimed by {distribution(other)} ({other.value}) "
                f"and by {distribution(point)} ({point.value}): uninstall one of them"
            )
    return {name: points[name] for name in sorted(points)}


def distribution(point: EntryPoint) -> str:
    """The distribution that brings an entry point."""
    return point.dist.name if point.dist else "an unnamed distribution"


def load(kind: Kind, point: EntryPoint) -> object:
    """The object of an entry point.

    Raises:
        RegistryError: it cannot be imported.
    """
    try:
        return point.load()
    except Exception as error:  # a broken plug-in may raise anything; the others must still work
        raise RegistryError(
            f"{kind.noun} {point.name!r} of {distribution(point)} cannot be imported ({_reason(error)}): "
            "fix or uninstall it"
        ) from error


def module_of_file(kind: Kind, file: str) -> ModuleType:
    """The module in a Python file that no distribution brings.

    Raises:
        RegistryError: there is no such file, or it cannot be imported.
    """
    from harness.fingerprint import Fingerprint

    path = Path(file).expanduser().resolve()
    if not path.is_file():
        raise RegistryError(f"no file {file}: a {kind.noun} in a file is named as path/to/file.py:NAME")
    name = f"harness_file_{path.stem}_{Fingerprint().texts([str(path)])}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the user's file may raise anything
        raise RegistryError(f"{file} cannot be imported ({_reason(error)})") from error
    return module


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
