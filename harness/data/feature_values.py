"""Conversion of the audio features of a file to numbers, with remarks about values that cannot be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from harness.errors import DataError
from harness.types import AUDIO_FEATURES

if TYPE_CHECKING:
    from pathlib import Path

_SHARE, _POSITIVE = (0, 1), (0, float("inf"))

RANGES = dict.fromkeys(AUDIO_FEATURES, _SHARE) | {
    "key": (-1, 11),
    "loudness": (-float("inf"), float("inf")),
    "tempo": _POSITIVE,
    "duration_ms": _POSITIVE,
    "time_signature": (0, 7),
}
"""Feature -> its lowest and highest possible value.

Source: Spotify's API reference, which also gives a usual range of loudness that tracks exceed, and time signatures
from 3, where tracks without one have 0 or 1.
"""

_COMMAS = r"^[+-]?[0-9]+(?:,[0-9]+)+(?:\.[0-9]+)?$"
_MOST_SHOWN = 40


def text_column(values: pl.Series, file: Path) -> pl.Series:
    """The values of a column as texts without surrounding blanks, null if empty; raises DataError for other types."""
    if not (values.dtype in (pl.String, pl.Boolean, pl.Categorical, pl.Enum, pl.Null) or values.dtype.is_numeric()):
        raise DataError(
            f"audio features {file}: column {values.name!r} holds {values.dtype}, not one number or text per row; "
            "convert or remove the column"
        )
    return values.cast(pl.String).str.strip_chars().replace("", None)


def numbers(texts: pl.Series, feature: str, tracks: pl.Series, file: Path) -> tuple[pl.Series, list[str]]:
    """Convert a feature to numbers; what is no finite number is unknown, out of range is used as it is.

    Args:
        texts: values of the feature as texts, (n,), null if missing.
        feature: one of `AUDIO_FEATURES`.
        tracks: identifier of each row's track, (n,), for messages.
        file: for messages.

    Returns:
        Float32 values, (n,), null where unknown; and remarks about values that are not numbers or out of range.

    Raises:
        DataError: a number is written with a comma, which can separate decimals or thousands.
    """

    def first(wrong: pl.Series) -> str:
        row = int(wrong.arg_max() or 0)
        return f"row {row + 1}, track {str(tracks[row])[:_MOST_SHOWN]!r}: {str(texts[row])[:_MOST_SHOWN]!r}"

    has_comma = texts.str.contains(_COMMAS).fill_null(value=False)
    if has_comma.any():
        raise DataError(
            f"audio features {file}: {feature} has numbers with commas ({first(has_comma)}); "
            "write numbers with a decimal point and without separators of thousands"
        )
    values = texts.cast(pl.Float32, strict=False)
    is_number = values.is_finite().fill_null(value=False)
    no_number = texts.is_not_null() & ~is_number
    lowest, highest = RANGES[feature]
    outside = is_number & ~values.is_between(lowest, highest).fill_null(value=True)
    remarks = []
    if n := int(no_number.sum()):
        are = "1 value is no number and counts" if n == 1 else f"{n:,} values are no numbers and count"
        remarks.append(f"warning: {feature}: {are} as unknown ({first(no_number)})")
    if n := int(outside.sum()):
        bounds = f"below {lowest}" if highest == float("inf") else f"outside {lowest} to {highest}"
        are = "1 value is" if n == 1 else f"{n:,} values are"
        remarks.append(f"warning: {feature}: {are} {bounds}, and used unchanged ({first(outside)}); correct the file")
    return pl.select(pl.when(is_number).then(values)).to_series().alias(feature), remarks
