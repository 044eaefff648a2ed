"""Flags of the command line in messages of the library, which name fields."""

from __future__ import annotations

import re

FLAGS = {
    "address": "--address",
    "answers": "--answers FILE",
    "at_once": "--at-once N",
    "challenge": "--challenge FILE",
    "data": "--data NAME",
    "engine": "--engine",
    "force": "--force",
    "form": "--submission-format 2018",
    "holdout": "--holdout",
    "min_count": "--min-count",
    "n_trials": "--trials N",
    "options": "--split, --holdout, --split-seed, --per-category and --keep-repeats",
    "params": "--param",
    "per_category": "--per-category",
    "port": "--port",
    "runs": "--runs",
    "search": "--search",
    "shard": "--shard",
    "strict_corpus": "--strict-corpus",
    "title": "--title",
    "uris": "--track URI",
    "words": "--search WORDS",
}
"""Field of the library -> its flag."""

_FIELD = re.compile(rf"`({'|'.join(FLAGS)})`")


def with_flags(message: str) -> str:
    """The message with a flag in place of each field in backticks: `data` becomes --data NAME."""
    return _FIELD.sub(lambda match: FLAGS[match[1]], message)
