"""Team line: the first line of a submission, in one of two forms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from harness.errors import ParameterError

KEYWORD = "team_info"
"""First field of the team line (rules)."""


class SubmissionForm(StrEnum):
    """Forms of the re-launch on AIcrowd (`team_info,<team>,<email>`) and of the contest of 2018, with its track.

    The form of 2018 is `team_info,<track>,<team>,<email>` in all public code of 2018 and
    `team_info,<team>,<track>,<email>` in the rules' text. The organisers' verifier accepts both, so both are read;
    the first is written.
    """

    aicrowd = "aicrowd"
    contest_2018 = "2018"


class ContestTrack(StrEnum):
    """The two tracks of the contest: only the MPD, or also other public data (rules)."""

    main = "main"
    creative = "creative"


PLACEHOLDER = "placeholder"
"""Marks a team name or address that the user has not set yet, so that it is not sent by mistake."""

_NOT_IN_A_FIELD = re.compile(r"[,\"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")


@dataclass(frozen=True, slots=True)
class Team:
    """Sender of a submission.

    Attributes:
        name: one line without commas, quotes and surrounding white space.
        email: the same, with an @.
        track: `main` or `creative`, which only the form of 2018 has. None: that of the finished run, otherwise main.
    """

    name: str = f"my-team ({PLACEHOLDER})"
    email: str = f"{PLACEHOLDER}@example.org"
    track: ContestTrack | None = None

    def __post_init__(self) -> None:
        """Check that the line can be read back.

        Raises:
            ParameterError: a field cannot be written.
        """
        for what, text in (("team name", self.name), ("e-mail address", self.email)):
            if fault := _fault(text):
                raise ParameterError(f"{what} {text!r} {fault}: the submission's first line cannot hold it")
        if "@" not in self.email:
            raise ParameterError(f"e-mail address {self.email!r} has no @")
        if self.track is not None and self.track not in list(ContestTrack):
            raise ParameterError(f"track {self.track!r} is not a track of the contest: {', '.join(ContestTrack)}")

    @classmethod
    def of(cls, team: str | None, email: str | None, track: ContestTrack | None) -> Team:
        """The team that a user named, with a marked placeholder for each text that is None.

        Raises:
            ParameterError: a text cannot be written in the first line.
        """
        default = cls()
        return cls(default.name if team is None else team, default.email if email is None else email, track)

    @property
    def written_track(self) -> ContestTrack:
        """The track that a first line has: main if none is named."""
        return self.track or ContestTrack.main

    @property
    def is_placeholder(self) -> bool:
        """True if the name or the address is still a placeholder."""
        return PLACEHOLDER in self.name or PLACEHOLDER in self.email


def team_line(team: Team, form: str) -> str:
    """First line of a submission, without the line end.

    Raises:
        ParameterError: there is no such form.
    """
    if form not in list(SubmissionForm):
        raise ParameterError(f"submission format {form!r} is unknown: choose {' or '.join(SubmissionForm)}")
    track = [team.written_track] if form == SubmissionForm.contest_2018 else []
    return ",".join([KEYWORD, *track, team.name, team.email])


def parse_fields(fields: list[str]) -> tuple[Team | None, SubmissionForm | None, list[tuple[str, str]]]:
    """Team, form and faults of a first line.

    Where both middle fields of the form of 2018 name a track of the contest, the first is the track and the second
    the team's name; where the two differ, a warning states this.

    Args:
        fields: the line split at its commas, stripped, `team_info` first.

    Returns:
        The team (None if the line has an error), the form (None if the number of fields fits none) and the faults:
        code and detail.
    """
    forms = {3: SubmissionForm.aicrowd, 4: SubmissionForm.contest_2018}
    form = forms.get(len(fields))
    if form is None:
        return None, None, [("header-fields", str(len(fields)))]
    track, name, faults = (
        (ContestTrack.main, fields[1], []) if form == SubmissionForm.aicrowd else _track_and_name(*fields[1:3])
    )
    email = fields[-1]
    is_broken = "header-track" in dict(faults)
    if not is_broken and (not name or _fault(name)):
        faults.append(("header-team", name))
        is_broken = True
    if "@" not in email or _fault(email):
        faults.append(("header-email", email))
        is_broken = True
    return (None if is_broken else Team(name, email, track)), form, faults


def _track_and_name(first: str, second: str) -> tuple[ContestTrack, str, list[tuple[str, str]]]:
    """Track, team name and faults of the two middle fields of the form of 2018."""
    if first in list(ContestTrack):
        is_ambiguous = second in list(ContestTrack) and second != first
        return ContestTrack(first), second, [("header-ambiguous", f"{first} and {second}")] if is_ambiguous else []
    if second in list(ContestTrack):
        return ContestTrack(second), first, []
    return ContestTrack.main, "", [("header-track", f"{first} or {second}")]


def _fault(text: str) -> str | None:
    if not text or text != text.strip():
        return "is empty or has surrounding white space"
    if match := _NOT_IN_A_FIELD.search(text):
        return f"contains {match.group()!r}"
    return "begins with #" if text.startswith("#") else None
