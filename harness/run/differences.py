"""Differences between two records: fields of the key, which explain two different keys, and all other fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from harness.run.key import key_content, run_key

if TYPE_CHECKING:
    from harness.run.record import RunRecord

_ALWAYS_DIFFER = {"run", "key", "started", "stages", "means", "lists_digest", "format"}
"""Names, times and results: results are compared by `harness compare`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two records differ; `None` where a record lacks it.

    Attributes:
        field: its path, e.g. `params.alpha` or `versions.numpy`.
        a, b: values of the first and the second record.
        in_key: whether the field is part of the keys.
    """

    field: str
    a: Any
    b: Any
    in_key: bool


def differences(a: RunRecord, b: RunRecord) -> list[Difference]:
    """Fields in which two records differ, those of the key first; names, times and results are left out."""
    return [
        *_differing(_in_key(a), _in_key(b), in_key=True),
        *_differing(_outside(a), _outside(b), in_key=False),
    ]


def _in_key(record: RunRecord) -> dict[str, Any]:
    """The fields that the key covers, flat; the sources by module where the record has them."""
    challenge = msgspec.to_builtins(record.challenge)
    for part in ("answers", "answers_fingerprint", "file"):
        challenge.pop(part, None)
    audio = {"audio_fingerprint": record.audio_fingerprint} if _audio_is_in_key(record) else {}
    return _flat(
        {
            "recommender": record.recommender,
            "params": record.params,
            "corpus": record.corpus.fingerprint,
            "challenge": challenge,
            **audio,
            "versions": record.versions,
            "source_hash": record.source_hash,
            "sources": record.sources,
        }
    )


def _outside(record: RunRecord) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(record)
    for field in (*_ALWAYS_DIFFER, "recommender", "params", "versions", "source_hash", "sources"):
        del plain[field]
    del plain["corpus"]["fingerprint"]
    plain["challenge"] = {part: plain["challenge"].get(part) for part in ("file", "answers", "answers_fingerprint")}
    if _audio_is_in_key(record):
        del plain["audio_fingerprint"]
    return _flat(plain)


def _audio_is_in_key(record: RunRecord) -> bool:
    """Whether the lists depend on audio features; a record also has their fingerprint if only a metric does."""
    content = key_content(
        record.recommender,
        record.params,
        record.source_hash,
        record.versions,
        record.corpus.fingerprint,
        record.challenge.fingerprint,
        audio="",
    )
    return bool(record.audio_fingerprint) and run_key(content) != record.key


def _flat(fields: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted path -> value, mappings taken apart."""
    flat: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _differing(a: dict[str, Any], b: dict[str, Any], *, in_key: bool) -> list[Difference]:
    names = dict.fromkeys((*a, *b))
    return [Difference(name, a.get(name), b.get(name), in_key) for name in names if a.get(name) != b.get(name)]
