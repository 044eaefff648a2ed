"""The corpus that a user names: one that is stored, the synthetic one, or a source to import."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.data import store
from harness.fingerprint import files_hash

if TYPE_CHECKING:
    from harness.data.store import StoredCorpus

SYNTHETIC = "synthetic"
"""The corpus that is always there: generated on first use."""

SYNTHETIC_PLAYLISTS = 10_000


def corpus(name: str) -> StoredCorpus:
    """The corpus of this name; a path to a source is imported under the path's own name.

    The synthetic corpus that an older version generated is generated anew.

    Raises:
        DataError: no such corpus and no such path, or the source is at fault.
    """
    found = store.find_corpus(name)
    if name == SYNTHETIC and (found is None or _is_outdated(found)):
        return synthesise(SYNTHETIC, SYNTHETIC_PLAYLISTS, seed=0, replace=True)
    if found is not None:
        return found
    path = Path(os.path.expanduser(name))  # noqa: PTH111 - an unknown user's home is a path that does not exist
    if path.exists():
        from harness.data.importing import import_corpus

        path = path.resolve()
        named = re.sub(r"[^\w.-]", "-", path.stem if path.is_file() else path.name).lstrip(".-")
        return import_corpus(path, named[:100] or "corpus")
    return store.open_corpus(name)


def synthesise(name: str, n_playlists: int, seed: int, *, replace: bool = False) -> StoredCorpus:
    """Generate a synthetic corpus and keep it; answer at once if this very corpus is there.

    Raises:
        DataError: another corpus has the name, and `replace` is not set.
    """
    from harness.synthetic import generate

    return store.make_once(name, _source(n_playlists, seed), lambda: (generate(n_playlists, seed), {}), replace=replace)


def _source(n_playlists: int, seed: int) -> dict[str, Any]:
    from harness import synthetic

    model = files_hash(Path(synthetic.__file__).parent)
    return {"kind": SYNTHETIC, "n_playlists": n_playlists, "seed": seed, "model": model}


def _is_outdated(found: StoredCorpus) -> bool:
    told, current = found.manifest.source, _source(SYNTHETIC_PLAYLISTS, seed=0)
    return told != current and told == current | {"model": told.get("model")}
