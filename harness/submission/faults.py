"""Every fault that a submission can have: its code, its words, its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from harness.rules import TRACKS_PER_PLAYLIST, URI_DIGITS, URI_PREFIX
from harness.submission.header import CONTEST_TRACKS, KEYWORD

Severity = Literal["error", "warning"]

SHOWN_CHARACTERS = 60
"""As much of a faulty text is repeated in a message."""

_URI = f"{URI_PREFIX} and {URI_DIGITS} letters and digits"
_FIRST_LINE = f"{KEYWORD},<team>,<email> (AIcrowd) or {KEYWORD},<team>,<{'|'.join(CONTEST_TRACKS)}>,<email> (2018)"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    Attributes:
        text: what is wrong; `{detail}` stands for what the single fault adds.
        remedy: what to do about it.
        severity: a warning breaks no rule.
        fixable: whether it can be repaired without a guess.
    """

    text: str
    remedy: str
    severity: Severity = "error"
    fixable: bool = False


KINDS: dict[str, Kind] = {
    "empty-file": Kind("the file is empty", "write the submission again"),
    "truncated-gzip": Kind("the gzip data break off", "copy or write the file again; what could be read is checked"),
    "damaged-gzip": Kind(
        "the gzip data are damaged ({detail})", "copy or write the file again; what could be read is checked"
    ),
    "other-packing": Kind("the file is {detail}", "unpack it; a submission is plain text or gzip"),
    "not-gzip": Kind("the name ends in .gz but the content is not gzip", "pack it with gzip or rename it", "warning"),
    "byte-order-mark": Kind("the file begins with a byte order mark", "save it as UTF-8 without one", fixable=True),
    "utf-16": Kind("the text is UTF-16", "save it as UTF-8"),
    "not-utf-8": Kind("bytes that are not UTF-8 ({detail})", "save the file as UTF-8"),
    "crlf": Kind("{detail} lines end in CR LF", "end lines with LF alone", fixable=True),
    "lone-cr": Kind("{detail} lines end in a lone CR", "end lines with LF", fixable=True),
    "no-last-newline": Kind("the last line has no line end", "end it with LF", "warning", fixable=True),
    "missing-header": Kind("there is no first line with the team", f"begin with {_FIRST_LINE}"),
    "header-not-first": Kind("the team's line is not the first", "move it before all playlists"),
    "repeated-header": Kind("the team's line stands again, first on line {detail}", "keep one"),
    "header-keyword": Kind("the first line begins with {detail}", f"begin with {KEYWORD}, in small letters"),
    "header-fields": Kind("the team's line has {detail} fields", f"write {_FIRST_LINE}"),
    "header-track": Kind("the contest has no track {detail}", f"write {' or '.join(CONTEST_TRACKS)}"),
    "header-team": Kind("{detail} is no team name", "name the team, without commas and quotes"),
    "header-email": Kind("{detail} is no e-mail address", "write the address of the team", "warning"),
    "placeholder-team": Kind(
        "the team's line still holds a placeholder", "name the team before sending the file", "warning"
    ),
    "separator": Kind("fields are parted by {detail}", "part them by commas"),
    "quotes": Kind("quotes stand around {detail}", "write it without"),
    "tab": Kind("{detail} fields have tabs around them", "use blanks or nothing", fixable=True),
    "odd-blank": Kind("{detail} fields have other white space than blanks around them", "use blanks", fixable=True),
    "bad-pid": Kind("{detail} is no playlist number", "begin the line with the playlist's pid"),
    "repeated-row": Kind("the same line stands again, first on line {detail}", "keep one", fixable=True),
    "repeated-pid": Kind("the playlist has another list already, on line {detail}", "keep one of them"),
    "unknown-pid": Kind("the challenge has no such playlist", "leave the line out, or take the right challenge"),
    "missing-pid": Kind("the playlist has no line", f"add one with {TRACKS_PER_PLAYLIST} tracks"),
    "no-rows": Kind("there is no line of any playlist", "write one for each playlist of the challenge"),
    "one-track-a-line": Kind(
        "{detail} lines hold a single track each", f"write one line a playlist: pid and {TRACKS_PER_PLAYLIST} tracks"
    ),
    "empty-field": Kind("there is nothing between two commas, or behind the last", "take the comma out"),
    "too-few-tracks": Kind("the list has {detail} tracks", f"write {TRACKS_PER_PLAYLIST}"),
    "too-many-tracks": Kind("the list has {detail} tracks", f"write {TRACKS_PER_PLAYLIST}"),
    "bare-id": Kind("the identifier has no prefix", f"write {URI_PREFIX} before it"),
    "web-address": Kind("this is a web address", f"write {URI_PREFIX} and its {URI_DIGITS} letters and digits"),
    "not-a-track": Kind("this is no track but {detail}", "recommend tracks alone"),
    "malformed-track": Kind("this is no track's URI", f"write {_URI}"),
    "repeated-track": Kind("the track stands again, first as track {detail}", "replace it by another"),
    "seed-track": Kind("the track is a seed of the playlist", "replace it by another"),
    "unknown-track": Kind("the corpus lacks this track", "import what holds it, or check without --strict-corpus"),
    "unknown-tracks": Kind(
        "{detail}", "they count as misses; import what holds them, or see each with --strict-corpus", "warning"
    ),
}
"""Code -> kind; codes are stable."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and its place; what does not apply is None.

    Attributes:
        code: a key of `KINDS`.
        line: from 1.
        pid: the playlist's number.
        position: of the track in its list, from 1.
        track: the field as it stands there.
        detail: what its kind's text adds.
        n_tracks: how many tracks of the line it stands for, from `position` on; all of them, if not one.
    """

    code: str
    line: int | None = None
    pid: int | None = None
    position: int | None = None
    track: str | None = None
    detail: str = ""
    n_tracks: int = 1

    @property
    def kind(self) -> Kind:
        """What all faults of this code have in common."""
        return KINDS[self.code]

    @property
    def text(self) -> str:
        """What is wrong."""
        return self.kind.text.format(detail=self.detail)

    @property
    def brief(self) -> str:
        """Place, what is wrong and the code, in one line."""
        return f"{self._where}: {self.text} [{self.code}]"

    def __str__(self) -> str:
        """The same with the remedy."""
        return f"{self._where}: {self.text}; {self.kind.remedy} [{self.code}]"

    @property
    def _where(self) -> str:
        places = [
            f"line {self.line}" if self.line is not None else "",
            f"playlist {self.pid}" if self.pid is not None else "",
            f"track {self.position}" if self.position is not None and self.n_tracks == 1 else "",
            f"all {self.n_tracks} tracks" if self.n_tracks > 1 else "",
        ]
        track = f" ({shown(self.track)})" if self.track is not None else ""
        return (", ".join(filter(None, places)) or "the file") + track

    def as_json(self) -> dict[str, Any]:
        """The same as names and values."""
        return {
            "code": self.code,
            "severity": self.kind.severity,
            "line": self.line,
            "pid": self.pid,
            "position": self.position,
            "track": self.track,
            "n_tracks": self.n_tracks,
            "text": self.text,
            "remedy": self.kind.remedy,
            "fixable": self.kind.fixable,
        }


def shown(text: str) -> str:
    """A faulty text as a message can hold it: short, without control characters."""
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…")[1:-1]
