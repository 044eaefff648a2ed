"""A submission's first line: who sends it, in which of the two forms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import ParameterError

KEYWORD = "team_info"
"""How the first line begins (rules)."""

FORMS = ("aicrowd", "2018")
"""The re-launch on AIcrowd (`team_info,<team>,<email>`) and the contest of 2018, which names a track too.

The form of 2018 is `team_info,<track>,<team>,<email>` in all public code of 2018 and `team_info,<team>,<track>,<email>`
in the rules' text. The organisers' verifier accepts both, so both are read; the first is written.
"""

CONTEST_TRACKS = ("main", "creative")
"""The contest's two tracks: the MPD alone, or with other public data (rules)."""

PLACEHOLDER = "placeholder"
"""Stands in whatever a user has not named yet, so that it is not sent by mistake."""

_NOT_IN_A_FIELD = re.compile(r"[,\"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")


@dataclass(frozen=True, slots=True)
class Team:
    """Who sends a submission.

    Attributes:
        name: one line without commas and quotes, free of blanks at its ends.
        email: likewise, with an @.
        track: `main` or `creative`; the form of 2018 alone writes it.
    """

    name: str = f"my-team ({PLACEHOLDER})"
    email: str = f"{PLACEHOLDER}@example.org"
    track: str = CONTEST_TRACKS[0]

    def __post_init__(self) -> None:
        """Check that the line can be read back; raises ParameterError."""
        for what, text in (("team name", self.name), ("e-mail address", self.email)):
            if fault := _fault(text):
                raise ParameterError(f"{what} {text!r} {fault}: the submission's first line cannot hold it")
        if "@" not in self.email:
            raise ParameterError(f"e-mail address {self.email!r} has no @")
        if self.track not in CONTEST_TRACKS:
            raise ParameterError(f"track {self.track!r} is none of the contest's: {', '.join(CONTEST_TRACKS)}")

    @classmethod
    def of(cls, team: str | None, email: str | None, track: str) -> Team:
        """The team that a user named; a marked placeholder stands for what is None.

        Raises:
            ParameterError: the first line cannot hold a text.
        """
        default = cls()
        return cls(default.name if team is None else team, default.email if email is None else email, track)

    @property
    def is_placeholder(self) -> bool:
        """Whether the name or the address is still to be filled in."""
        return PLACEHOLDER in self.name or PLACEHOLDER in self.email


def team_line(team: Team, form: str) -> str:
    """The first line of a submission, without a line end.

    Raises:
        ParameterError: there is no such form.
    """
    if form not in FORMS:
        raise ParameterError(f"submission format {form!r} is unknown: take {' or '.join(FORMS)}")
    track = [team.track] if form == FORMS[1] else []
    return ",".join([KEYWORD, *track, team.name, team.email])


def parse_fields(fields: list[str]) -> tuple[Team | None, str | None, list[tuple[str, str]]]:
    """The team, the form and the faults of a first line.

    Where both middle fields of the form of 2018 name a track of the contest, the first is the track and the second
    the team's name; where the two differ, a warning states this.

    Args:
        fields: the line cut at its commas, blanks around them stripped, `team_info` first.

    Returns:
        The team (None if the line has an error), the form (None if the number of fields fits none) and the faults:
        code and detail.
    """
    forms = {3: FORMS[0], 4: FORMS[1]}
    form = forms.get(len(fields))
    if form is None:
        return None, None, [("header-fields", str(len(fields)))]
    track, name, faults = (CONTEST_TRACKS[0], fields[1], []) if form == FORMS[0] else _track_and_name(*fields[1:3])
    email = fields[-1]
    is_broken = "header-track" in dict(faults)
    if not is_broken and (not name or _fault(name)):
        faults.append(("header-team", name))
        is_broken = True
    if "@" not in email or _fault(email):
        faults.append(("header-email", email))
        is_broken = True
    return (None if is_broken else Team(name, email, track)), form, faults


def _track_and_name(first: str, second: str) -> tuple[str, str, list[tuple[str, str]]]:
    """The track, the team's name and the faults of the middle fields of the form of 2018."""
    if first in CONTEST_TRACKS:
        is_ambiguous = second in CONTEST_TRACKS and second != first
        return first, second, [("header-ambiguous", f"{first} and {second}")] if is_ambiguous else []
    if second in CONTEST_TRACKS:
        return second, first, []
    return "", "", [("header-track", f"{first} or {second}")]


def _fault(text: str) -> str | None:
    if not text or text != text.strip():
        return "is empty or has blanks at an end"
    if found := _NOT_IN_A_FIELD.search(text):
        return f"has {found.group()!r} in it"
    return "begins with #" if text.startswith("#") else None
