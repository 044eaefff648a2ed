"""Identities: which corpus, which challenge; equal identities mean equal contents."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

SplitParams = dict[str, int | float | bool | str | None]


class Holdout(StrEnum):
    """The two disjoint local challenges of a split: one to choose parameters, one to judge."""

    validation = "validation"
    test = "test"


class CorpusId(msgspec.Struct, frozen=True):
    """A stored corpus.

    Attributes:
        name: the user's name for it; empty where no corpus is named.
        fingerprint: of the contents, whatever the corpus is called; empty likewise.
    """

    name: str
    fingerprint: str

    @property
    def is_known(self) -> bool:
        """Whether a corpus stands behind it."""
        return bool(self.fingerprint)


class LocalSplit(msgspec.Struct, frozen=True, kw_only=True, tag="local"):
    """One holdout of a split of the corpus itself.

    Attributes:
        split: registered name of the split.
        holdout: which of its two local challenges.
        seed: another seed holds out other playlists.
        params: the split's parameters, all of them.
        fingerprint: of the holdout's contents and of what its training set lacks.
    """

    split: str
    holdout: Holdout
    seed: int
    params: SplitParams
    fingerprint: str

    @property
    def label(self) -> str:
        """`challenge validation`, and the seed where it is not 0."""
        return f"{self.split} {self.holdout}{f' seed {self.seed}' if self.seed else ''}"

    @property
    def answers_fingerprint(self) -> str:
        """Empty: the withheld tracks are part of the split."""
        return ""


class ChallengeFile(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """A challenge file, and the answers file where one is named.

    Attributes:
        file: absolute path of the challenge file.
        fingerprint: of the incomplete playlists.
        answers: absolute path of the answers file; None where answers are unknown.
        answers_fingerprint: of the withheld tracks; empty likewise.
    """

    file: str
    fingerprint: str
    answers: str | None = None
    answers_fingerprint: str = ""

    @property
    def label(self) -> str:
        """The file's name without its folders."""
        return self.file.replace("\\", "/").rpartition("/")[2]


ChallengeId = LocalSplit | ChallengeFile
"""What a run answers: a tagged union, `{"type": "local", …}` or `{"type": "file", …}` in JSON."""


def as_builtins(identity: CorpusId | ChallengeId) -> dict[str, Any]:
    """Plain names, numbers and texts, as in `run.json`."""
    plain: dict[str, Any] = msgspec.to_builtins(identity)
    return plain
