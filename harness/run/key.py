"""The content that names a run: the same key means the same lists."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import harness
from harness.fingerprint import Fingerprint, files_hash
from harness.registry import sources_of_all

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
    return files_hash(Path(harness.__file__).parent, *dict.fromkeys(sources_of_all(recommender)))


def run_key(content: dict[str, Any]) -> str:
    """The key of a run with this content: names, numbers and texts, nested as JSON."""
    return str(Fingerprint().texts([json.dumps(content, sort_keys=True)]))[:KEY_DIGITS]
