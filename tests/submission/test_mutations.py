"""Valid files with known faults, singly and combined: the report names each fault and no other."""

import gzip
import re
import zipfile
from collections import Counter
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import SubmissionError
from harness.submission.faults import KINDS
from harness.submission.reader import read_submission
from harness.submission.validate import validate

STRANGER = "spotify:track:" + "0" * 22
FIRST_ROW = 2
"""Row 0 has no seeds, row 1 is what some mutations join others with."""


class Draft:
    """A submission's lines, each a list of fields, before they are joined."""

    def __init__(self, data: bytes, challenge):
        self.lines = [line.split(",") for line in data.decode().splitlines()]
        self.added: list[list[str]] = []
        self.challenge = challenge
        self.ends, self.begin, self.last_end = "\n", b"", True
        self.encoding, self.pack = "utf-8", bytes

    def seed(self, row):
        return self.challenge.catalog.tracks["uri"][int(self.challenge.seeds.row(row)[0])]

    def bytes(self):
        text = self.ends.join([",".join(fields) for fields in (*self.lines, *self.added)])
        text += self.ends if self.last_end else ""
        return self.pack(self.begin + text.encode(self.encoding, "surrogateescape"))


def put(place, value):
    """A mutation that replaces a field of a row, 0 being the pid; `value` may be made from the field."""

    def change(draft, row):
        old = draft.lines[row + 1][place]
        draft.lines[row + 1][place] = value(old) if callable(value) else value

    return change


def line(change):
    """A mutation that changes the fields of a row as a whole."""

    def mutate(draft, row):
        draft.lines[row + 1] = change(draft.lines[row + 1])

    return mutate


def add(make):
    """A mutation that adds a line made from the row's fields."""
    return lambda draft, row: draft.added.append(make(draft.lines[row + 1]))


def header(change):
    """A mutation of the first line's fields."""

    def mutate(draft, _):
        draft.lines[0] = change(draft.lines[0])

    return mutate


def attribute(**values):
    """A mutation of the file as a whole."""

    def mutate(draft, _):
        for name, value in values.items():
            setattr(draft, name, value)

    return mutate


def with_seed(draft, row):
    draft.lines[row + 1][8] = draft.seed(row)


def in_two(draft, row):
    fields = draft.lines[row + 1]
    draft.lines[row + 1] = fields[:201]
    draft.added.append(fields[201:])


def last_header(draft, _):
    draft.added.append(draft.lines[0])
    draft.lines[0] = ["# moved"]


def one_track_a_line(draft, _):
    pid, *tracks = draft.lines[1]
    draft.lines[1:] = [[pid, track] for track in tracks]


def zipped(data):
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("submission.csv", data)
    return file.getvalue()


def with_reserved_bits(data):
    packed = bytearray(gzip.compress(data))
    packed[3] |= 0x80
    return bytes(packed)


NO_PID = {"bad-pid": 1, "missing-pid": 1}

ROW_MUTATIONS = {
    "a 499th track": (line(lambda f: f[:-1]), {"too-few-tracks": 1}),
    "a 501st track": (line(lambda f: [*f, STRANGER]), {"too-many-tracks": 1, "unknown-tracks": 1}),
    "no track": (line(lambda f: f[:1]), {"too-few-tracks": 1}),
    "a track twice": (line(lambda f: [*f[:11], f[3], *f[12:]]), {"repeated-track": 1}),
    "a track thrice": (line(lambda f: [*f[:10], f[3], f[3], *f[12:]]), {"repeated-track": 2}),
    "a seed": (with_seed, {"seed-track": 1}),
    "an unknown track": (put(9, STRANGER), {"unknown-tracks": 1}),
    "another pid": (put(0, lambda pid: f"{pid}999"), {"unknown-pid": 1, "missing-pid": 1}),
    "no line": (line(lambda _: ["# gone"]), {"missing-pid": 1}),
    "the same line again": (add(list), {"repeated-row": 1}),
    "another list of the same pid": (add(lambda f: [f[0], f[2], f[1], *f[3:]]), {"repeated-pid": 1}),
    "letters in a pid": (put(0, lambda pid: f"{pid}a"), NO_PID),
    "a negative pid": (put(0, lambda pid: f"-{pid}"), NO_PID),
    "a decimal pid": (put(0, lambda pid: f"{pid}.0"), NO_PID),
    "no pid": (put(0, ""), NO_PID),
    "a huge pid": (put(0, "9" * 30), NO_PID),
    "an empty field": (put(5, ""), {"empty-field": 1, "too-few-tracks": 1}),
    "a last comma": (line(lambda f: [*f, ""]), {"empty-field": 1}),
    "a first comma": (line(lambda f: ["", *f]), NO_PID | {"malformed-track": 1, "too-many-tracks": 1}),
    "no prefix": (put(5, lambda uri: uri[14:]), {"bare-id": 1}),
    "a web address": (put(5, lambda uri: f"https://open.spotify.com/track/{uri[14:]}?si=1"), {"web-address": 1}),
    "a country's web address": (
        put(5, lambda uri: f"open.spotify.com/intl-de/track/{uri[14:]}"),
        {"web-address": 1},
    ),
    "an album's address": (put(5, lambda uri: f"https://open.spotify.com/album/{uri[14:]}"), {"not-a-track": 1}),
    "an episode": (put(5, lambda uri: uri.replace("track", "episode")), {"not-a-track": 1}),
    "an album": (put(5, lambda uri: uri.replace("track", "album")), {"not-a-track": 1}),
    "a local file": (put(5, "spotify:local:Artist:Album:Title:123"), {"not-a-track": 1}),
    "21 digits": (put(5, lambda uri: uri[:-1]), {"malformed-track": 1}),
    "23 digits": (put(5, lambda uri: f"{uri}0"), {"malformed-track": 1}),
    "a character of no base 62": (put(5, lambda uri: f"{uri[:-1]}-"), {"malformed-track": 1}),
    "a capital prefix": (put(5, lambda uri: uri.replace("spotify", "Spotify")), {"malformed-track": 1}),
    "a blank in a URI": (put(5, lambda uri: f"{uri[:8]} {uri[8:]}"), {"malformed-track": 1}),
    "a number": (put(5, "4711"), {"malformed-track": 1}),
    "a nought byte": (put(5, lambda uri: f"{uri[:-1]}\0"), {"malformed-track": 1}),
    "a semicolon": (put(5, lambda uri: f"{uri};"), {"malformed-track": 1}),
    "a comment after the list": (line(lambda f: [*f, "# mine"]), {"malformed-track": 1, "too-many-tracks": 1}),
    "a quoted track": (put(5, lambda uri: f'"{uri}"'), {"quotes": 1}),
    "a track in single quotes": (put(5, lambda uri: f"'{uri}'"), {"quotes": 1}),
    "a quoted pid": (put(0, lambda pid: f'"{pid}"'), {"quotes": 1}),
    "half a pair of quotes": (put(5, lambda uri: f'"{uri}'), {"malformed-track": 1}),
    "a tab": (put(5, lambda uri: f"\t{uri}"), {"tab": 1}),
    "a blank of another kind": (put(5, lambda uri: f"{uri}\u00a0"), {"odd-blank": 1}),
    "semicolons": (line(lambda f: [";".join(f)]), {"separator": 1}),
    "tabs": (line(lambda f: ["\t".join(f)]), {"separator": 1}),
    "blanks alone": (line(lambda f: [" ".join(f)]), {"separator": 1}),
    "bytes that are not UTF-8": (put(5, lambda uri: f"{uri[:-1]}\udcff"), {"not-utf-8": 1, "malformed-track": 1}),
    "a line far too long": (
        line(lambda f: [*f, *[STRANGER] * 3000]),
        {"long-line": 1},
    ),
    "a line in two": (in_two, {"too-few-tracks": 2, "bad-pid": 1}),
}

HEADER_MUTATIONS = {
    "no first line": (header(lambda _: ["# nothing"]), {"missing-header": 1}),
    "the first line last": (last_header, {"header-not-first": 1}),
    "the first line twice": (lambda draft, _: draft.added.append(draft.lines[0]), {"repeated-header": 1}),
    "capitals in the first line": (header(lambda f: ["Team_Info", *f[1:]]), {"header-keyword": 1}),
    "another first word": (header(lambda f: ["team", *f[1:]]), {"header-keyword": 1}),
    "two fields": (header(lambda f: f[:2]), {"header-fields": 1}),
    "five fields": (header(lambda f: [*f, "main", "x"]), {"header-fields": 1}),
    "the track first": (header(lambda f: [f[0], "main", *f[1:]]), {}),
    "the track after the team, with blanks": (header(lambda f: [f"{f[0]} ", f" {f[1]}", " creative ", f[2]]), {}),
    "both tracks": (header(lambda f: [f[0], "main", "creative", f[2]]), {"header-ambiguous": 1}),
    "another track": (header(lambda f: [*f[:2], "side", f[2]]), {"header-track": 1}),
    "no team": (header(lambda f: [f[0], "", f[2]]), {"header-team": 1}),
    "no address": (header(lambda f: [*f[:2], "nobody"]), {"header-email": 1}),
    "a placeholder": (header(lambda f: [f[0], "my-team (placeholder)", f[2]]), {"placeholder-team": 1}),
    "a tab in the first line": (header(lambda f: [*f[:2], f"{f[2]}\t"]), {"tab": 1}),
    "a quoted team": (header(lambda f: [f[0], f'"{f[1]}"', f[2]]), {"quotes": 1}),
    "a first line with semicolons": (header(lambda f: [";".join(f)]), {"separator": 1}),
    "a first line in Latin 1": (header(lambda f: [f[0], "\udcfcber", f[2]]), {"not-utf-8": 1}),
}

FILE_MUTATIONS = {
    "a byte order mark": (attribute(begin=b"\xef\xbb\xbf"), {"byte-order-mark": 1}),
    "CR LF": (attribute(ends="\r\n"), {"crlf": 1}),
    "CR CR LF": (attribute(ends="\r\r\n"), {"cr-cr-lf": 1}),
    "CR": (attribute(ends="\r"), {"lone-cr": 1}),
    "no last line end": (attribute(last_end=False), {"no-last-newline": 1}),
}

PACKING_MUTATIONS = {
    "UTF-16": (attribute(encoding="utf-16"), {"utf-16": 1}),
    "UTF-16 without a mark": (attribute(encoding="utf-16-le"), {"utf-16": 1}),
    "UTF-16 of another order without a mark": (attribute(encoding="utf-16-be"), {"utf-16": 1}),
    "gzip of a gzip": (attribute(pack=lambda data: gzip.compress(gzip.compress(data))), {"other-packing": 1}),
    "gzip of a zip archive": (attribute(pack=lambda data: gzip.compress(zipped(data))), {"other-packing": 1}),
    "gzip with reserved header bits": (attribute(pack=with_reserved_bits), {"damaged-gzip": 1}),
    "gzip broken off": (attribute(pack=lambda data: gzip.compress(data)[:-100]), {"truncated-gzip": 1}),
    "gzip with a false sum": (
        attribute(pack=lambda data: gzip.compress(data)[:-8] + bytes(8)),
        {"damaged-gzip": 1},
    ),
    "gzip and more": (attribute(pack=lambda data: gzip.compress(data) + b"more"), {"damaged-gzip": 1}),
    "gzip of nothing": (attribute(pack=lambda _: gzip.compress(b"")), {"empty-file": 1}),
    "a zip archive": (attribute(pack=zipped), {"other-packing": 1}),
    "nothing": (attribute(pack=lambda _: b""), {"empty-file": 1}),
    "one track a line": (one_track_a_line, {"one-track-a-line": 1, "missing-pid": 9}),
    "no list at all": (
        lambda draft, _: draft.lines.__delitem__(slice(1, None)),
        {"no-rows": 1, "missing-pid": 10},
    ),
}

ALL = ROW_MUTATIONS | HEADER_MUTATIONS | FILE_MUTATIONS | PACKING_MUTATIONS


def examined(draft, challenge, folder):
    path = folder / "submission.csv"
    path.write_bytes(draft.bytes())
    return path, validate(path, challenge)


def test_there_are_enough_mutations():
    assert len(ALL) > 60
    raised = {code for _, codes in ALL.values() for code in codes}
    only_elsewhere = {"not-gzip", "unknown-track", "too-large", "too-many-lines", "too-many-faults"}
    assert raised | only_elsewhere == set(KINDS)


@pytest.mark.parametrize("name", ALL)
def test_one_fault_is_named_and_no_other(name, valid, challenge, tmp_path):
    mutate, codes = ALL[name]
    draft = Draft(valid, challenge)
    mutate(draft, FIRST_ROW)
    path, report = examined(draft, challenge, tmp_path)
    assert report.totals == codes
    broken = {code for code in codes if KINDS[code].severity == "error"}
    assert report.is_valid == (not broken)
    if broken:
        with pytest.raises(SubmissionError, match=re.escape(f"[{report.errors[0].code}]")):
            read_submission(path, challenge)
    else:
        read_submission(path, challenge)


@pytest.mark.parametrize("name", ROW_MUTATIONS)
def test_a_fault_in_a_line_names_line_and_playlist(name, valid, challenge, tmp_path):
    mutate, codes = ROW_MUTATIONS[name]
    draft = Draft(valid, challenge)
    mutate(draft, FIRST_ROW)
    pid = int(challenge.pids[FIRST_ROW])
    lines = {FIRST_ROW + 2, len(draft.lines) + 1}
    _, report = examined(draft, challenge, tmp_path)
    for fault in report.faults:
        if fault.code == "unknown-tracks":
            continue
        assert fault.code == "missing-pid" or fault.line in lines
        assert fault.pid in (pid, int(f"{pid}999")) or "bad-pid" in codes or fault.code in FIELDS_APART


FIELDS_APART = {"bad-pid", "quotes", "tab", "odd-blank", "separator", "not-utf-8"}
"""Faults that are found before it is known whose line it is."""


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.sampled_from(sorted(ROW_MUTATIONS)), min_size=1, max_size=8),
    first=st.none() | st.sampled_from(sorted(HEADER_MUTATIONS)),
    whole=st.none() | st.sampled_from(sorted(FILE_MUTATIONS)),
)
def test_faults_together_are_all_named(rows, first, whole, valid, challenge, tmp_path):
    draft = Draft(valid, challenge)
    expected = Counter()
    for row, name in enumerate(rows, start=FIRST_ROW):
        mutate, codes = ROW_MUTATIONS[name]
        mutate(draft, row)
        expected.update(codes)
    for name, mutations in ((first, HEADER_MUTATIONS), (whole, FILE_MUTATIONS)):
        if name:
            mutate, codes = mutations[name]
            mutate(draft, 0)
            expected.update(codes)
    expected["unknown-tracks"] = min(expected["unknown-tracks"], 1)
    _, report = examined(draft, challenge, tmp_path)
    assert report.totals == dict(+expected)


def test_a_strict_corpus_names_every_unknown_track(valid, challenge, tmp_path):
    draft = Draft(valid, challenge)
    for row in (3, 5):
        put(9, STRANGER)(draft, row)
    path, lenient = examined(draft, challenge, tmp_path)
    assert [fault.brief for fault in lenient.faults] == [
        "the file: 2 entries name 1 tracks that the corpus lacks [unknown-tracks]"
    ]
    strict = validate(path, challenge, corpus="strict")
    assert [(fault.line, fault.pid, fault.position, fault.track) for fault in strict.errors] == [
        (row + 2, int(challenge.pids[row]), 9, STRANGER) for row in (3, 5)
    ]
    assert validate(path, challenge, corpus="none").faults == ()


def test_a_plain_file_named_gz_is_a_warning(valid, challenge, tmp_path):
    path = tmp_path / "submission.csv.gz"
    path.write_bytes(valid)
    assert validate(path, challenge).totals == {"not-gzip": 1}
    assert validate(path, challenge).is_valid
