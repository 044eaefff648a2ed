"""Playlist titles made comparable, as the challenge's organisers do it."""

import re

_DROPPED = re.compile(r"[.,\\/#!$%^*;:{}=_`~()@]")
_BLANKS = re.compile(r"\s+")


def normalise(title: str) -> str:
    """The official normalisation: lower case, punctuation to blanks, runs of blanks to one, stripped.

    Emoji and other scripts stay as they are; a title of punctuation alone becomes empty.

    Source: the start-kit of the RecSys Challenge 2018 (`normalize_name`).
    """
    return _BLANKS.sub(" ", _DROPPED.sub(" ", title.lower())).strip()


def title_key(title: str | None) -> str:
    """What titles are compared by: the normalised title; one of punctuation alone stays itself, stripped."""
    return normalise(title or "") or (title or "").strip()
