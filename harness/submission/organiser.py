"""View of a submission for its organiser: team, verdict, faults, scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrics.clicks import clicks
from harness.metrics.metric import metric_of
from harness.metrics.ndcg import ndcg
from harness.metrics.r_precision import r_precision
from harness.metrics.values import measure_lists
from harness.submission.header import parse_fields
from harness.submission.reader import read_submission
from harness.submission.validate import validate

if TYPE_CHECKING:
    from pathlib import Path

    from harness.metrics.values import MetricValues
    from harness.ragged import Ragged
    from harness.submission.header import Team
    from harness.submission.validate import Report
    from harness.types import Challenge

METRICS = tuple(metric for each in (r_precision, ndcg, clicks) if (metric := metric_of(each)) is not None)
"""The three metrics of the official challenge; imported, as the scoring program has no entry points."""

MOST_SHOWN = 100
"""Number of faults shown."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A submission as its organiser sees it.

    Attributes:
        report: its faults.
        n_playlists: playlists of the challenge.
        team: sender; None if the file is not valid.
        values: values of the official metrics; None if the file is not valid or the withheld tracks are unknown.
    """

    report: Report
    n_playlists: int
    team: Team | None = None
    values: MetricValues | None = None

    @property
    def scores(self) -> dict[str, float]:
        """Metric -> its mean; empty without values."""
        return {name: self.values.overall(name) for name in self.values.values} if self.values else {}

    def lines(self) -> list[str]:
        """The view as text: the faults of a file that is not valid, else team, playlists and scores."""
        if not self.report.is_valid:
            return self.report.listing(MOST_SHOWN, "the challenge")
        warnings = [f"warning: {fault}" for fault in self.report.faults[:MOST_SHOWN]]
        team = f"{self.team.name}, {self.team.email}, track {self.team.track}" if self.team else "-"
        rows = [
            ("file", self.report.file),
            ("format", self.report.form or "-"),
            ("team", team),
            ("playlists", f"{self.report.n_playlists} of {self.n_playlists}"),
            ("verdict", f"valid, {self.report.n_faults} warning{'' if self.report.n_faults == 1 else 's'}"),
        ]
        if self.values is None:
            rows.append(("scores", "the withheld tracks are unknown"))
        else:
            traits = self.values.traits
            rows += [(f"{name} ({traits[name].definition})", f"{mean:.6f}") for name, mean in self.scores.items()]
        width = max(len(label) for label, _ in rows) + 2
        return [*warnings, *(f"{label:<{width}}{text}" for label, text in rows)]


def view(path: Path, challenge: Challenge, withheld: Ragged | None) -> View:
    """Check a submission and score it if it is valid.

    Args:
        path: the file, plain text or gzip.
        challenge: the challenge that it should answer.
        withheld: withheld tracks of the challenge, n rows; None if they are unknown.

    Raises:
        SubmissionError: there is no such file.
    """
    report = validate(path, challenge, corpus="none")
    if not report.is_valid:
        return View(report, len(challenge))
    read = read_submission(path, challenge)
    team, _, _ = parse_fields(read.header)
    if withheld is None:
        return View(report, len(challenge), team)
    values = measure_lists(read.submission.tracks, read.submission.challenge, withheld, METRICS)
    return View(report, len(challenge), team, values)
