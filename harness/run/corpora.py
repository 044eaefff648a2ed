"""The corpus that a user names: one that is stored, the synthetic one, or a source to import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.data import store

if TYPE_CHECKING:
    from harness.data.store import StoredCorpus

SYNTHETIC = "synthetic"
"""The corpus that is always there: generated on first use."""

SYNTHETIC_PLAYLISTS = 10_000


def corpus(name: str) -> StoredCorpus:
    """The corpus of this name; a path to a folder or zip of MPD slices is imported under the path's own name.

    Raises:
        DataError: no such corpus and no such path, or the source is at fault.
    """
    if name in store.corpora():
        return store.open_corpus(name)
    if name == SYNTHETIC:
        return synthesise(SYNTHETIC, SYNTHETIC_PLAYLISTS, seed=0)
    path = Path(name).expanduser()
    if path.exists():
        from harness.data.importing import import_corpus

        return import_corpus(path, path.resolve().stem)
    return store.open_corpus(name)


def synthesise(name: str, n_playlists: int, seed: int, *, replace: bool = False) -> StoredCorpus:
    """Generate a synthetic corpus and keep it; answer at once if this very corpus is there.

    Raises:
        DataError: another corpus has the name, and `replace` is not set.
    """
    from harness.data.synthetic import generate

    source = {"kind": "synthetic", "n_playlists": n_playlists, "seed": seed}
    existing = store.check_free(name, source, replace=replace)
    if existing is not None:
        return existing
    return store.write_corpus(generate(n_playlists, seed), name, source, replace=replace)
