"""Identities of corpora and challenges; equal identities mean equal contents."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

SplitParams = dict[str, int | float | bool | str | None]


class Holdout(StrEnum):
    """The two disjoint local challenges of a split: one to choose hyper-parameters, one for the final comparison."""

    validation = "validation"
    test = "test"


class CorpusId(msgspec.Struct, frozen=True):
    """A stored corpus.

    Attributes:
        name: name that the user chose; empty if no corpus is named.
        fingerprint: of the contents, without the name; empty likewise.
    """

    name: str
    fingerprint: str

    @property
    def is_known(self) -> bool:
        """Whether a corpus is named."""
        return bool(self.fingerprint)


class LocalSplit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="local"):
    """One holdout of a split of the corpus itself.

    Attributes:
        split: name of the split.
        holdout: one of its two local challenges.
        seed: seed of the split.
        params: all parameters of the split.
        fingerprint: of the holdout and of the entries that its training set lacks.
        plugin: `path/to/file.py:Class` that finds a split again that is not registered, else empty.
    """

    split: str
    holdout: Holdout
    seed: int
    params: SplitParams
    fingerprint: str
    plugin: str = ""

    @property
    def label(self) -> str:
        """`challenge validation`, with the seed if it is not 0."""
        return f"{self.split} {self.holdout}{f' seed {self.seed}' if self.seed else ''}"

    @property
    def answers_fingerprint(self) -> str:
        """Empty: the withheld tracks are part of the split."""
        return ""


class TrainingSample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="training"):
    """Training playlists of a split, cut like its validation holdout; their withheld tracks are in the training set.

    Attributes:
        split: name of the split.
        seed: seed of the split and of the sample.
        params: all parameters of the split.
        fingerprint: of the sample and of the holdout.
        plugin: see `LocalSplit`.
    """

    split: str
    seed: int
    params: SplitParams
    fingerprint: str
    plugin: str = ""

    @property
    def label(self) -> str:
        """`challenge train`, with the seed if it is not 0."""
        return f"{self.split} train{f' seed {self.seed}' if self.seed else ''}"

    @property
    def answers_fingerprint(self) -> str:
        """Empty: the withheld tracks are part of the sample."""
        return ""


class ChallengeFile(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """A challenge file, with its answers file if there is one.

    Attributes:
        file: absolute path of the challenge file.
        fingerprint: of the incomplete playlists.
        answers: absolute path of the answers file; None if the withheld tracks are unknown.
        answers_fingerprint: of the withheld tracks; empty likewise.
    """

    file: str
    fingerprint: str
    answers: str | None = None
    answers_fingerprint: str = ""

    @property
    def label(self) -> str:
        """Name of the file without its folders."""
        return self.file.replace("\\", "/").rpartition("/")[2]


ChallengeId = LocalSplit | TrainingSample | ChallengeFile
"""Identity of a challenge: a tagged union; `type` is `local`, `training` or `file` in JSON."""


class ChallengeKey(msgspec.Struct, frozen=True):
    """What runs must share to stand on one leaderboard: equal for one challenge file at two places.

    Attributes:
        label: of the challenge.
        fingerprint: of the challenge and of its withheld tracks.
    """

    label: str
    fingerprint: str

    @classmethod
    def of(cls, challenge: ChallengeId) -> ChallengeKey:
        """The key of a challenge."""
        return cls(challenge.label, f"{challenge.fingerprint}{challenge.answers_fingerprint}")


def as_builtins(identity: CorpusId | ChallengeId) -> dict[str, Any]:
    """The identity as in `run.json`: a dictionary of plain values."""
    plain: dict[str, Any] = msgspec.to_builtins(identity)
    return plain
