"""Manifest of a stored corpus: the content of `corpus.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from harness.atomic import new_file
from harness.data.layout import EXTRA_FILES, REQUIRED_FILES
from harness.data.stored_files import FileRecord
from harness.fingerprint import Fingerprint

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 2
"""Version of the file layout; a corpus of another format must be made again."""

MANIFEST = "corpus.json"


class Manifest(msgspec.Struct, kw_only=True):
    """Content of `corpus.json`.

    Attributes:
        format: version of the file layout.
        fingerprint: fingerprint of the contents, independent of the source.
        n_playlists, n_entries, n_tracks: size of the corpus.
        source: description of the source; equal sources give equal corpora.
        notes: notes for the user: skipped playlists, missing values.
        files: name -> state of each other file of the folder.
        digest: digest of all other fields except the files' modification times.
    """

    format: int
    fingerprint: str
    n_playlists: int
    n_entries: int
    n_tracks: int
    source: dict[str, Any]
    notes: dict[str, Any] = msgspec.field(default_factory=dict)
    files: dict[str, FileRecord] = msgspec.field(default_factory=dict)
    digest: str = ""

    def sealed(self) -> Manifest:
        """Return the manifest with its digest."""
        content = msgspec.json.decode(msgspec.json.encode(self))
        del content["digest"]
        for file in content["files"].values():
            del file["mtime_ns"]
        digest = str(Fingerprint().texts([json.dumps(content, sort_keys=True)]))
        return msgspec.structs.replace(self, digest=digest)

    def write(self, folder: Path) -> None:
        """Write `corpus.json` with its digest, replacing an existing one."""
        with new_file(folder / MANIFEST) as partial:
            partial.write_bytes(msgspec.json.format(msgspec.json.encode(self.sealed())) + b"\n")

    @property
    def is_complete(self) -> bool:
        """Whether it names every file of a corpus, and none that is unknown."""
        extra = self.files.keys() - REQUIRED_FILES
        kinds = [kind for name in extra for kind, pattern in EXTRA_FILES.items() if pattern.fullmatch(name)]
        return self.files.keys() >= REQUIRED_FILES and len(kinds) == len(extra) == len(set(kinds))

    def file_of(self, kind: str) -> str | None:
        """Name of the file of a kind of `EXTRA_FILES`; None without one."""
        return next((name for name in self.files if EXTRA_FILES[kind].fullmatch(name)), None)


class _Versioned(msgspec.Struct):
    format: int


def read_manifest(content: bytes) -> Manifest | None:
    """Parse the content of `corpus.json`; None if it is of another format.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: it is damaged.
    """
    if msgspec.json.decode(content, type=_Versioned).format != FORMAT:
        return None
    return msgspec.json.decode(content, type=Manifest)
