"""Parts of a corpus that a study measures on; light to import."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """Playlists to measure on: the two holdouts of a split, or training playlists cut like the validation holdout."""

    train = "train"
    validation = "validation"
    test = "test"
