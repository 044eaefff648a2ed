"""A submission's first line: who sends it, in which of the two forms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import ParameterError

KEYWORD = "team_info"
"""How the first line begins (rules)."""

FORMS = ("aicrowd", "2018")
"""The re-launch on AIcrowd (`team_info,<team>,<email>`) and the contest of 2018, which names a track too."""

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
    return ",".join([KEYWORD, team.name, *track, team.email])


def parse_fields(fields: list[str]) -> tuple[Team | None, str | None, list[tuple[str, str]]]:
    """What the fields of a first line say.

    Args:
        fields: the line cut at its commas, blanks around them stripped, `team_info` first.

    Returns:
        The team (None where it cannot be told), the form (None likewise) and the faults: code and detail.
    """
    forms = {3: FORMS[0], 4: FORMS[1]}
    form = forms.get(len(fields))
    if form is None:
        return None, None, [("header-fields", str(len(fields)))]
    name, email = fields[1], fields[-1]
    track = fields[2] if form == FORMS[1] else CONTEST_TRACKS[0]
    faults = []
    if track not in CONTEST_TRACKS:
        faults.append(("header-track", track))
    if not name or _fault(name):
        faults.append(("header-team", name))
    if "@" not in email or _fault(email):
        faults.append(("header-email", email))
    return (None if faults else Team(name, email, track)), form, faults


def _fault(text: str) -> str | None:
    if not text or text != text.strip():
        return "is empty or has blanks at an end"
    if found := _NOT_IN_A_FIELD.search(text):
        return f"has {found.group()!r} in it"
    return "begins with #" if text.startswith("#") else None
