"""Validation of a submission file: a report of every fault, in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.submission.check import check, unknown_tracks
from harness.submission.content import n_occurrences, read_content
from harness.submission.faults import KINDS, FaultLog
from harness.submission.header import parse_fields
from harness.submission.lines import add_header_faults
from harness.submission.reader import read_regular

if TYPE_CHECKING:
    from pathlib import Path

    from harness.submission.check import Corpus
    from harness.submission.content import Content
    from harness.submission.faults import Fault
    from harness.submission.lines import Sheet
    from harness.types import Challenge


@dataclass(frozen=True, slots=True)
class Report:
    """Report of the faults of a submission.

    Attributes:
        file: path of the file.
        form: `aicrowd` or `2018`; None if it is neither.
        n_playlists: number of lines with a list.
        is_form_only: whether only the form was checked, without a challenge.
        totals: code -> number of faults, the most frequent first.
        faults: first those of the file, then line by line, missing playlists last; at most
            `limits.KEPT_FAULTS` of each kind.
    """

    file: str
    form: str | None
    n_playlists: int
    is_form_only: bool
    totals: dict[str, int]
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> list[Fault]:
        """Kept faults that break a rule."""
        return [fault for fault in self.faults if fault.kind.severity == "error"]

    @property
    def is_valid(self) -> bool:
        """True if no rule that was checked is broken."""
        return not self.errors

    @property
    def n_faults(self) -> int:
        """Number of errors and warnings."""
        return sum(self.totals.values())

    @property
    def n_errors(self) -> int:
        """Number of faults that break a rule."""
        return sum(n for code, n in self.totals.items() if KINDS[code].severity == "error")

    def listing(self, most: int | None, against: str | None = None) -> list[str]:
        """Lines for the terminal: the faults, the totals, the verdict.

        Args:
            most: maximum number of faults to show; None for all.
            against: label of the challenge that the file was checked against; None if only its form was checked.
        """
        shown = [f"{fault.kind.severity}: {fault}" for fault in self.faults[:most]]
        if self.n_faults > len(shown):
            shown.append(f"... and {self.n_faults - len(shown)} more faults")
        totals = [f"{n:>9} {code}" for code, n in self.totals.items()]
        verdict = "valid" if self.is_valid else "not valid"
        checked = f"against {against}" if against else "of its form only, no challenge was named"
        counted = ((self.n_playlists, "playlist"), (self.n_errors, "error"), (self.n_faults - self.n_errors, "warning"))
        counts = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counted)
        return [*shown, *totals, f"{self.file}: {verdict} (check {checked}): {counts}"]

    def as_json(self, against: str | None = None) -> dict[str, Any]:
        """The report as a JSON object; `against` as in `listing`."""
        return {
            "file": self.file,
            "valid": self.is_valid,
            "checked": "form" if self.is_form_only else "challenge",
            "against": against,
            "form": self.form,
            "n_playlists": self.n_playlists,
            "n_errors": self.n_errors,
            "n_warnings": self.n_faults - self.n_errors,
            "totals": self.totals,
            "faults": [fault.as_json() for fault in self.faults],
        }


def validate(path: Path, challenge: Challenge | None = None, *, corpus: Corpus = "lenient") -> Report:
    """Find every fault of a submission.

    Args:
        path: the file, plain text or gzip.
        challenge: the challenge that it should answer; None to check only its form.
        corpus: treatment of tracks that are not in the challenge's catalog.

    Raises:
        SubmissionError: there is no such file.
    """
    content = read_content(path, 0 if challenge is None else len(challenge))
    quick = _quick_report(path, content, challenge, corpus=corpus) if challenge is not None else None
    return quick or report(path, check(content, challenge, corpus=corpus), challenge)


def report(path: Path, sheet: Sheet, challenge: Challenge | None) -> Report:
    """Report of a checked sheet."""
    return _report(path, sheet.form, len(sheet.rows), sheet.faults, is_form_only=challenge is None)


def _report(path: Path, form: str | None, n_playlists: int, faults: FaultLog, *, is_form_only: bool) -> Report:
    return Report(str(path), form, n_playlists, is_form_only, dict(faults.counts.most_common()), tuple(faults.kept))


def _quick_report(path: Path, content: Content, challenge: Challenge, *, corpus: Corpus) -> Report | None:
    """Report of a regular file, which can have only warnings; None for any other file."""
    regular = read_regular(content, challenge)
    if regular is None or (corpus == "strict" and regular.n_unknown_tracks):
        return None
    faults = FaultLog()
    for code, detail in content.faults:
        faults.add(code, detail=detail)
    if corpus == "lenient" and regular.n_unknown_tracks:
        detail = unknown_tracks(regular.n_unknown_entries, regular.n_unknown_tracks)
        faults.add("unknown-tracks", detail=detail)
    add_header_faults(faults, regular.header, regular.header_line)
    if content.data[-1:] != b"\n":
        faults.add("no-last-newline", n_occurrences(content.data, b"\n") + 1)
    return _report(path, parse_fields(regular.header)[1], len(challenge), faults, is_form_only=False)
