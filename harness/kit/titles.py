"""Normalisation of playlist titles, as in the official start-kit."""

import re

_DROPPED = re.compile(r"[.,\\/#!$%^*;:{}=_`~()@]")
_BLANKS = re.compile(r"\s+")


def normalise(title: str) -> str:
    """Apply the official normalisation: lower case, punctuation to spaces, repeated spaces to one, stripped.

    Emoji and other scripts stay as they are; a title of punctuation alone becomes empty.

    Source: the start-kit of the RecSys Challenge 2018 (`normalize_name`).
    """
    return _BLANKS.sub(" ", _DROPPED.sub(" ", title.lower())).strip()


def title_key(title: str | None) -> str:
    """Key for comparing titles: the normalised title, or the stripped title if it has punctuation only."""
    return normalise(title or "") or (title or "").strip()
