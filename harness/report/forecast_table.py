"""Forecasts of runs on a terminal: what would run, what is finished, expected seconds and memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.report.cells import MIB
from harness.report.tables import print_fitting, print_sentence, text_table
from harness.run.forecast import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from harness.run.forecast import Forecast

_HEAD = ("run", "challenge", "state", "params", "seconds", "MB", "based on")
_HIDDEN: tuple[tuple[str, ...], ...] = ((), ("based on",), ("based on", "MB"))


def show_forecasts(forecasts: Sequence[Forecast], console: Console) -> None:
    """Print one line per run and the sum; a narrow screen hides the basis of the estimates, then the memory."""
    rows = [_row(forecast) for forecast in forecasts]
    tables = []
    for hidden in _HIDDEN:
        kept = [column for column, name in enumerate(_HEAD) if name not in hidden]
        cells = [[row[column] for column in kept] for row in rows]
        tables.append(text_table([_HEAD[column] for column in kept], cells, right={"seconds", "MB"}, folding="params"))
    print_fitting(console, tables)
    print_sentence(console, summary(forecasts))
    if any(forecast.based_on for forecast in forecasts):
        line = "Estimates scale the costs of earlier runs linearly with the size of corpus and challenge"
        print_sentence(console, line, "dim italic")


def summary(forecasts: Sequence[Forecast]) -> str:
    """Numbers of runs by state, and the expected time and memory of those that are not finished."""
    waiting = [forecast for forecast in forecasts if forecast.stage is not Stage.finished]
    text = f"{len(forecasts)} runs: {len(forecasts) - len(waiting)} finished, {len(waiting)} to run"
    known = [forecast.seconds for forecast in waiting if forecast.seconds is not None]
    memory = max((forecast.memory_bytes or 0 for forecast in waiting), default=0)
    if known:
        text += f"; about {duration(sum(known))}, up to {memory / MIB:,.0f} MB above the process"
    if n_unknown := len(waiting) - len(known):
        text += f"; {n_unknown} without an estimate, because no earlier run has this recommender"
    return text


def duration(seconds: float) -> str:
    """Seconds in words of a fitting unit: `12 s`, `3 min 20 s`, `2 h 05 min`."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"  # noqa: PLR2004


def _row(forecast: Forecast) -> list[str]:
    setting = forecast.setting
    params = " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in {**setting.params, **({"seed": setting.seed} if setting.seed else {})}.items()
    )
    seconds, memory = forecast.seconds, forecast.memory_bytes
    return [
        forecast.run,
        forecast.challenge,
        forecast.stage.value,
        params,
        "-" if seconds is None or forecast.stage is Stage.finished else f"{seconds:.1f}",
        "-" if memory is None else f"{memory / MIB:.0f}",
        forecast.based_on or "-",
    ]
