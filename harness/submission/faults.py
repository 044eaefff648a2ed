"""Fault catalogue of submissions: code, message, remedy and severity of every fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.rules import TRACKS_PER_PLAYLIST, URI_DIGITS, URI_PREFIX
from harness.submission.header import KEYWORD, ContestTrack
from harness.submission.limits import KEPT_FAULTS

Severity = Literal["error", "warning"]

SHOWN_CHARACTERS = 60
"""Maximum length of a faulty text in a message."""

KEPT_CHARACTERS = 200
"""Maximum length of a faulty text in the JSON report."""

_URI = f"{URI_PREFIX} and {URI_DIGITS} letters and digits"
_FIRST_LINE = f"{KEYWORD},<team>,<email> (AIcrowd) or {KEYWORD},<{'|'.join(ContestTrack)}>,<team>,<email> (2018)"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    Attributes:
        text: message; `{detail}` is replaced by the detail of the single fault.
        remedy: instruction that removes the fault.
        severity: an error breaks a rule, a warning does not.
        fixable: whether it can be fixed without guessing.
    """

    text: str
    remedy: str
    severity: Severity = "error"
    fixable: bool = False


KINDS: dict[str, Kind] = {
    "empty-file": Kind("the file is empty", "write the submission again"),
    "truncated-gzip": Kind(
        "the gzip data end too early", "copy or write the file again; what could be read is checked"
    ),
    "damaged-gzip": Kind(
        "the gzip data are damaged ({detail})", "copy or write the file again; what could be read is checked"
    ),
    "too-large": Kind(
        "the text has more than {detail} MB, more than its playlists can fill; it was not checked",
        f"write one line per playlist: pid and {TRACKS_PER_PLAYLIST} tracks",
    ),
    "too-many-lines": Kind(
        "there are more than {detail} lines; the rest was not checked",
        f"write one line per playlist: pid and {TRACKS_PER_PLAYLIST} tracks",
    ),
    "too-many-faults": Kind("there are more than {detail} faults; the rest was not checked", "correct those first"),
    "other-packing": Kind("the file is {detail}", "decompress it; a submission is plain text or gzip"),
    "not-gzip": Kind(
        "the name ends in .gz but the content is not gzip", "compress it with gzip or rename it", "warning"
    ),
    "byte-order-mark": Kind("the file begins with a byte order mark", "save it as UTF-8 without one", fixable=True),
    "utf-16": Kind("the text is UTF-16", "save it as UTF-8"),
    "not-utf-8": Kind("bytes that are not UTF-8 ({detail})", "save the file as UTF-8"),
    "crlf": Kind("{detail} lines end in CR LF", "end lines with only LF", fixable=True),
    "lone-cr": Kind("{detail} lines end in a lone CR", "end lines with LF", fixable=True),
    "cr-cr-lf": Kind("{detail} lines end in CR CR LF", "end lines with only LF", fixable=True),
    "no-last-newline": Kind("the last line has no line end", "end it with LF", "warning", fixable=True),
    "missing-header": Kind("there is no first line with the team", f"begin with {_FIRST_LINE}"),
    "header-not-first": Kind("the team's line is not the first", "move it before all playlists"),
    "repeated-header": Kind("the team's line occurs again, first on line {detail}", "keep one"),
    "header-keyword": Kind("the first line begins with {detail}", f"begin with {KEYWORD}, in small letters"),
    "header-fields": Kind("the team's line has {detail} fields", f"write {_FIRST_LINE}"),
    "header-track": Kind("the contest has no track {detail}", f"write {' or '.join(ContestTrack)}"),
    "header-ambiguous": Kind(
        "{detail} both name a track of the contest: the first is read as the track, the second as the team's name",
        "if that is wrong, write the track first",
        "warning",
    ),
    "header-team": Kind("{detail} is not a team name", "name the team, without commas and quotes"),
    "header-email": Kind("{detail} is not an e-mail address", "write the address of the team", "warning"),
    "placeholder-team": Kind(
        "the team's line still holds a placeholder", "name the team before sending the file", "warning"
    ),
    "separator": Kind("fields are separated by {detail}", "separate them by commas"),
    "quotes": Kind("there are quotes around {detail}", "remove them"),
    "tab": Kind("{detail} fields have tabs around them", "use spaces or nothing", fixable=True),
    "odd-blank": Kind("{detail} fields have white space other than spaces around them", "use spaces", fixable=True),
    "bad-pid": Kind("{detail} is not a playlist number", "begin the line with the playlist's pid"),
    "long-line": Kind(
        "the line has {detail} bytes, more than a list can have; its tracks were not checked",
        f"write one line per playlist: pid and {TRACKS_PER_PLAYLIST} tracks",
    ),
    "repeated-row": Kind("the same list occurs again, first on line {detail}", "keep one", fixable=True),
    "repeated-pid": Kind("the playlist has another list already, on line {detail}", "keep one of them"),
    "unknown-pid": Kind("the challenge has no such playlist", "remove the line, or check against the right challenge"),
    "missing-pid": Kind("the playlist has no line", f"add one with {TRACKS_PER_PLAYLIST} tracks"),
    "no-rows": Kind("there is no line of any playlist", "write one for each playlist of the challenge"),
    "one-track-a-line": Kind(
        "{detail} lines hold a single track each", f"write one line per playlist: pid and {TRACKS_PER_PLAYLIST} tracks"
    ),
    "empty-field": Kind("there is nothing between two commas, or after the last comma", "remove the comma"),
    "too-few-tracks": Kind("the list has {detail} tracks", f"write {TRACKS_PER_PLAYLIST}"),
    "too-many-tracks": Kind("the list has {detail} tracks", f"write {TRACKS_PER_PLAYLIST}"),
    "bare-id": Kind("the identifier has no prefix", f"write {URI_PREFIX} before it"),
    "web-address": Kind("this is a web address", f"write {URI_PREFIX} and its {URI_DIGITS} letters and digits"),
    "not-a-track": Kind("this is not a track but {detail}", "recommend only tracks"),
    "malformed-track": Kind("this is not the URI of a track", f"write {_URI}"),
    "repeated-track": Kind("the track occurs again, first as track {detail}", "replace it with another"),
    "seed-track": Kind("the track is a seed of the playlist", "replace it with another"),
    "unknown-track": Kind(
        "the corpus lacks this track", "import a corpus that has it, or check without --strict-corpus"
    ),
    "unknown-tracks": Kind(
        "{detail}", "they count as misses; import a corpus that has them, or list each with --strict-corpus", "warning"
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
        track: the field as it stands there, cut if it is long.
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
        """Kind of this fault."""
        return KINDS[self.code]

    @property
    def text(self) -> str:
        """Message without the place."""
        return self.kind.text.format(detail=self.detail)

    @property
    def brief(self) -> str:
        """Place, message and code, in one line."""
        return f"{self._where}: {self.text} [{self.code}]"

    def __str__(self) -> str:
        """Place, message, remedy and code, in one line."""
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
        """The fault as a JSON object."""
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


@dataclass(slots=True)
class FaultLog:
    """Faults of a file: all are counted, the first `KEPT_FAULTS` of each kind are kept.

    Attributes:
        counts: code -> number of faults.
        kept: in the order in which they were added.
    """

    counts: Counter[str] = field(default_factory=Counter)
    kept: list[Fault] = field(default_factory=list)

    def add(self, code: str, line: int | None = None, pid: int | None = None, *, detail: str = "") -> None:
        """Add a fault of the file or of a line."""
        if self.count(code):
            self.kept.append(Fault(code, line, pid, detail=detail))

    def add_track(
        self, code: str, line: int, pid: int | None, position: int, track: str, *, detail: str = "", n_tracks: int = 1
    ) -> None:
        """Add a fault of a track, or of `n_tracks` tracks from this position on."""
        if self.count(code):
            self.kept.append(Fault(code, line, pid, position, cut(track) or None, detail, n_tracks))

    def room(self, code: str) -> int:
        """Number of further faults of this code that would be kept."""
        return max(KEPT_FAULTS - self.counts[code], 0)

    def count(self, code: str, n: int = 1) -> bool:
        """Count n faults of this code; True if the last of them is to be kept."""
        if n:
            self.counts[code] += n
        return self.counts[code] <= KEPT_FAULTS


def cut(text: str) -> str:
    """A text cut to `KEPT_CHARACTERS`."""
    return text if len(text) <= KEPT_CHARACTERS else text[: KEPT_CHARACTERS - 1] + "…"


def shown(text: str) -> str:
    """A faulty text for a message: at most `SHOWN_CHARACTERS`, control characters escaped."""
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…")[1:-1]
