"""A submission's file -> a report of every fault, in one pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.submission.check import check, unknown_warning
from harness.submission.content import read_content
from harness.submission.faults import Fault
from harness.submission.header import parse_fields
from harness.submission.lines import header_faults
from harness.submission.reader import read_regular

if TYPE_CHECKING:
    from pathlib import Path

    from harness.submission.check import Corpus
    from harness.submission.content import Content
    from harness.submission.lines import Sheet
    from harness.types import Challenge


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong with a submission.

    Attributes:
        file: its path.
        form: `aicrowd` or `2018`; None where it cannot be told.
        n_playlists: lines that hold a list.
        is_form_only: whether no challenge was there to check against.
        faults: those of the file first, then line by line, missing playlists last.
    """

    file: str
    form: str | None
    n_playlists: int
    is_form_only: bool
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> list[Fault]:
        """The faults that break a rule."""
        return [fault for fault in self.faults if fault.kind.severity == "error"]

    @property
    def is_valid(self) -> bool:
        """Whether no rule is broken, as far as it was checked."""
        return not self.errors

    @property
    def totals(self) -> dict[str, int]:
        """Code -> number of faults, the most frequent first."""
        return dict(Counter(fault.code for fault in self.faults).most_common())

    def listing(self, most: int | None, against: str | None = None) -> list[str]:
        """Lines for people: the faults, at most `most` of them, the totals, the verdict.

        Args:
            most: how many faults are shown; None for all.
            against: what the file was checked against; None if its form alone was.
        """
        shown = [f"{fault.kind.severity}: {fault}" for fault in self.faults[:most]]
        if len(self.faults) > len(shown):
            shown.append(f"... and {len(self.faults) - len(shown)} more faults")
        totals = [f"{n:>9} {code}" for code, n in self.totals.items()]
        verdict = "valid" if self.is_valid else "not valid"
        n_errors = len(self.errors)
        checked = f"against {against}" if against else "of its form alone, no challenge was named"
        counted = ((self.n_playlists, "playlist"), (n_errors, "error"), (len(self.faults) - n_errors, "warning"))
        counts = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counted)
        return [*shown, *totals, f"{self.file}: {verdict} (check {checked}): {counts}"]

    def as_json(self, against: str | None = None) -> dict[str, Any]:
        """Everything, as names and values; `against` as in `listing`."""
        return {
            "file": self.file,
            "valid": self.is_valid,
            "checked": "form" if self.is_form_only else "challenge",
            "against": against,
            "form": self.form,
            "n_playlists": self.n_playlists,
            "n_errors": len(self.errors),
            "n_warnings": len(self.faults) - len(self.errors),
            "totals": self.totals,
            "faults": [fault.as_json() for fault in self.faults],
        }


def validate(path: Path, challenge: Challenge | None = None, *, corpus: Corpus = "lenient") -> Report:
    """Name every fault of a submission.

    Args:
        path: the file, plain or gzip.
        challenge: what it should answer; without one its form alone is checked.
        corpus: what a track means that the challenge's catalog lacks.

    Raises:
        SubmissionError: there is no such file.
    """
    content = read_content(path)
    quick = _quick_report(path, content, challenge, corpus=corpus) if challenge is not None else None
    return quick or report(path, check(content, challenge, corpus=corpus), challenge)


def report(path: Path, sheet: Sheet, challenge: Challenge | None) -> Report:
    """The report of what was read and checked."""
    return Report(str(path), sheet.form, len(sheet.rows), challenge is None, tuple(sheet.faults))


def _quick_report(path: Path, content: Content, challenge: Challenge, *, corpus: Corpus) -> Report | None:
    """The report of a regular file, which can hold warnings only; None for any other file."""
    regular = read_regular(content, challenge)
    if regular is None or (corpus == "strict" and regular.n_unknown_tracks):
        return None
    faults = [Fault(code, detail=detail) for code, detail in content.faults]
    if corpus == "lenient" and regular.n_unknown_tracks:
        faults.append(unknown_warning(regular.n_unknown_entries, regular.n_unknown_tracks))
    faults.extend(header_faults(regular.header, regular.header_line))
    if content.data[-1:] != b"\n":
        faults.append(Fault("no-last-newline", bytes(content.data).count(b"\n") + 1))
    return Report(str(path), parse_fields(regular.header)[1], len(challenge), False, tuple(faults))
