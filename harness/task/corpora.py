"""Corpus by name: a stored corpus, the synthetic corpus, or a source to import."""

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
"""Name of the synthetic corpus, which is generated on first use."""

SYNTHETIC_PLAYLISTS = 10_000


def corpus(name: str) -> StoredCorpus:
    """Open the corpus with this name; a path to a source is imported under the name of the file or folder.

    A synthetic corpus of an older version of the generator is generated again.

    Raises:
        DataError: no such corpus or path exists, or the source is at fault.
    """
    stored_corpus = store.find_corpus(name)
    if name == SYNTHETIC and (stored_corpus is None or _is_outdated(stored_corpus)):
        return synthesise(SYNTHETIC, SYNTHETIC_PLAYLISTS, seed=0, replace=True)
    if stored_corpus is not None:
        return stored_corpus
    path = Path(os.path.expanduser(name))  # noqa: PTH111 - an unknown user's home is a path that does not exist
    if path.exists():
        from harness.data.importing import import_corpus

        path = path.resolve()
        corpus_name = re.sub(r"[^\w.-]", "-", path.stem if path.is_file() else path.name).lstrip(".-")
        return import_corpus(path, corpus_name[:100] or "corpus")
    return store.open_corpus(name)


def synthesise(name: str, n_playlists: int, seed: int, *, replace: bool = False) -> StoredCorpus:
    """Generate and store a synthetic corpus, or open it if the same corpus is stored.

    Raises:
        DataError: another corpus has this name, and `replace` is not set.
    """
    from harness.synthetic import generate

    return store.make_once(name, _source(n_playlists, seed), lambda: (generate(n_playlists, seed), {}), replace=replace)


def _source(n_playlists: int, seed: int) -> dict[str, Any]:
    from harness import synthetic

    model = files_hash(Path(synthetic.__file__).parent)
    return {"kind": SYNTHETIC, "n_playlists": n_playlists, "seed": seed, "model": model}


def _is_outdated(stored_corpus: StoredCorpus) -> bool:
    stored, current = stored_corpus.manifest.source, _source(SYNTHETIC_PLAYLISTS, seed=0)
    return stored != current and stored == current | {"model": stored.get("model")}
