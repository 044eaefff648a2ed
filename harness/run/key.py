"""The content that names a run: the same key means the same lists."""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import harness
from harness.fingerprint import Fingerprint, files_hash

if TYPE_CHECKING:
    from harness.types import Recommender

PACKAGES = ("numpy", "scipy", "implicit", "gensim", "polars", "scikit-learn", "numba", "lightgbm")
"""Packages whose version can change a list; those that are not installed do not count."""

KEY_DIGITS = 10


def versions() -> dict[str, str]:
    """Python's and the packages' versions."""
    found = {"python": platform.python_version(), "playlist-harness": version("playlist-harness")}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def source_hash(recommender: Recommender) -> str:
    """A fingerprint of the source files of the recommender's package, of its members' packages and of the harness."""
    return files_hash(Path(harness.__file__).parent, *dict.fromkeys(_sources_of_all(recommender)))


def run_key(content: dict[str, Any]) -> str:
    """The key of a run with this content: names, numbers and texts, nested as JSON."""
    return str(Fingerprint().texts([json.dumps(content, sort_keys=True)]))[:KEY_DIGITS]


def _sources_of_all(recommender: Recommender) -> list[Path]:
    """Those of the recommender, and of the recommenders that it says it is made of."""
    parts = [path for part in getattr(recommender, "made_of", ()) for path in _sources_of_all(part)]
    return [*_sources(type(recommender)), *parts]


def _sources(cls: type) -> list[Path]:
    """The file of the class, or its whole package if it is in one."""
    module = sys.modules[cls.__module__]
    file = Path(str(module.__file__))
    package = cls.__module__.partition(".")[0]
    top = sys.modules.get(package)
    if package != cls.__module__ and top is not None and top.__file__:
        return [Path(top.__file__).parent]
    return [file]
