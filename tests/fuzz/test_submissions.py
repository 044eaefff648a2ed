"""Mutated submissions: both readers agree with a validator that was written from the rules alone."""

from __future__ import annotations

import gzip
import re
import zlib

import numpy as np
import pytest

from harness.errors import SubmissionError
from harness.identities import Holdout
from harness.rules import TRACKS_PER_PLAYLIST
from harness.splits.challenge import ChallengeSplit
from harness.submission.check import check
from harness.submission.content import read_content
from harness.submission.faults import KINDS
from harness.submission.reader import read_regular, read_submission
from harness.submission.validate import validate

# The independent validator: CHALLENGE.md, section 4. It shares no code with the product.

URI = re.compile(r"spotify:track:[0-9A-Za-z]{22}")
PID = re.compile(r"[0-9]{1,18}")


def text_of(data):
    """The text of a plain or gzip file; None if it cannot be had."""
    try:
        if data[:2] == b"\x1f\x8b":
            text = b""
            while data:
                member = zlib.decompressobj(31)
                text += member.decompress(data)
                if not member.eof:
                    return None
                data = member.unused_data.lstrip(b"\0")
            data = text
        return data.decode("utf-8")
    except (zlib.error, UnicodeDecodeError):
        return None


def is_team_line(fields):
    if len(fields) not in {3, 4} or fields[0] != "team_info":
        return False
    middle = fields[1:-1]
    if len(middle) == 2:
        tracks = [field for field in middle if field in {"main", "creative"}]
        if not tracks:
            return False
        middle.remove(tracks[0])
    quoted = [field for field in fields if len(field) > 1 and field[0] == field[-1] and field[0] in "\"'"]
    (name,) = middle
    # The e-mail address is free: a wrong one is a warning.
    return bool(name) and not quoted and '"' not in name and not name.startswith("#") and not HIDDEN.search(name)


HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


def lists_of(data, seeds):
    """pid -> tracks if the file keeps every rule, None if it breaks one; `seeds` is pid -> set of URIs."""
    text = text_of(data)
    if text is None or "\r" in text or text.startswith("\ufeff"):
        return None
    rows = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    split = [[field.strip(" ") for field in line.split(",")] for line in rows]
    if not split or any(field != field.strip() for fields in split for field in fields) or not is_team_line(split[0]):
        return None
    lists = {}
    for pid, *tracks in split[1:]:
        if not PID.fullmatch(pid) or int(pid) in lists or int(pid) not in seeds:
            return None
        if len(tracks) != 500 or len(set(tracks)) != 500 or not all(map(URI.fullmatch, tracks)):
            return None
        if seeds[int(pid)] & set(tracks):
            return None
        lists[int(pid)] = tracks
    return lists if len(lists) == len(seeds) else None


# Mutations that know the format, harmless ones among them, so that valid files are frequent.

TEAM_LINES = (
    *("team_info,we,we@example.org", "team_info,main,we,a@b.c", "team_info, we , creative , a@b.c", "team_info,a@b.c"),
    *("Team_info,we,a@b.c", "team_info,main,main,a@b.c", "team_info,side,we,a@b.c", 'team_info,"we",a@b.c', "# none"),
    *("team_info,O'Neil,nobody", "team_info,,a@b.c", "team_info,a\tb,a@b.c", " team_info,we,a@b.c ", "team_info"),
)
FIELDS = ("", "x", "spotify:local:a:b:c:1", "spotify:episode:" + "0" * 22, "4711", "\u00a0", "\t", '""', "#", "0" * 22)


def with_structure(lines, rng, seeds):  # noqa: C901, PLR0912 - a branch for each mutation
    """The file's lines, each a list of fields, with one random change that knows the format."""
    kind, row = int(rng.integers(16)), int(rng.integers(1, len(lines)))
    fields = lines[row]
    place = int(rng.integers(1, max(len(fields), 2)))
    if len(fields) < 2:
        return
    track = fields[place]
    if kind == 0:
        lines[0] = TEAM_LINES[int(rng.integers(len(TEAM_LINES)))].split(",")
    elif kind == 1:
        lines.insert(int(rng.integers(len(lines) + 1)), [["# one, two"], [""], ["  "], [" # x"], ["\t"]][place % 5])
    elif kind == 2:
        lines[1:] = [lines[1:][i] for i in rng.permutation(len(lines) - 1)]
    elif kind == 3:
        fields[place] = "spotify:track:" + "".join(map(str, rng.integers(0, 10, 22)))
    elif kind == 4:
        fields[1:] = [fields[1:][i] for i in rng.permutation(len(fields) - 1)]
    elif kind == 5:
        fields[place] = f" {track}  "
    elif kind == 6:
        at = int(rng.integers(max(len(track), 1)))
        fields[place] = f"{track[:at]}{chr(int(rng.integers(1, 300)))}{track[at + 1 :]}"
    elif kind == 7:
        fields[place] = fields[int(rng.integers(1, len(fields)))]
    elif kind == 8:
        fields[place] = FIELDS[int(rng.integers(len(FIELDS)))]
    elif kind == 9:
        of_row = sorted(seeds.get(int(fields[0]) if PID.fullmatch(fields[0]) else -1, ()))
        fields[place] = of_row[place % len(of_row)] if of_row else track
    elif kind == 10:
        fields[0] = [f"0{fields[0]}", f" {fields[0]} ", f"{fields[0]}1", "-1", "\u0661", f"{fields[0]}.0"][place % 6]
    elif kind == 11:
        lines.append(list(fields))
    elif kind == 12:
        fields.append(track)
    elif kind == 13:
        del lines[row]
    elif kind == 14:
        fields[1:] = [f" {field}" for field in fields[1:]]


def submission_bytes(lines, rng, seeds, mutated):
    lines = [list(fields) for fields in lines]
    for _ in range(int(rng.integers(0, 4))):
        with_structure(lines, rng, seeds)
    data = "\n".join([",".join(fields) for fields in lines] + [""] * int(rng.integers(2))).encode("utf-8")
    if rng.random() < 0.3:
        data = mutated(data, rng, most=2)
    if rng.random() < 0.4:
        data = gzip.compress(data, 1)
        data = mutated(data, rng, most=1) if rng.random() < 0.3 else data
        if rng.random() < 0.1:
            flags = bytearray(data)
            flags[3 : 3 + 1] = rng.bytes(1)
            data = bytes(flags)
    return data


@pytest.fixture(scope="module")
def challenge(playlists):
    """Three incomplete playlists with seeds."""
    return (
        ChallengeSplit(per_category=1)
        .cut(playlists, 0)
        .split_of(playlists, Holdout.test)
        .challenge.take(np.arange(1, 4))
    )


@pytest.fixture(scope="module")
def seeds(challenge):
    uris = challenge.catalog.tracks["uri"]
    return {
        pid: set(uris.gather(challenge.seeds.row(row)).to_list()) for row, pid in enumerate(challenge.pids.tolist())
    }


@pytest.fixture(scope="module")
def lines(challenge, seeds):
    """A valid submission."""
    rng = np.random.default_rng(0)
    uris = challenge.catalog.tracks["uri"].to_list()
    rows = []
    for pid in challenge.pids.tolist():
        free = [uri for uri in rng.permutation(uris).tolist() if uri not in seeds[pid]]
        rows.append([str(pid), *free[:TRACKS_PER_PLAYLIST]])
    return [["team_info", "we", "we@example.org"], *rows]


def test_both_readers_agree_with_the_rules(lines, challenge, seeds, mutated, n_files, tmp_path):
    path = tmp_path / "submission.csv"
    n_valid = n_quick = 0
    for number in range(n_files):
        rng = np.random.default_rng([1, number])
        data = submission_bytes(lines, rng, seeds, mutated)
        path.write_bytes(data)
        expected = lists_of(data, seeds)
        content = read_content(path, len(challenge))
        quick = read_regular(content, challenge)
        patient = check(content, challenge)
        is_valid_patiently = not any(KINDS[code].severity == "error" for code in patient.faults.counts)
        verdicts = {"patient": is_valid_patiently, "report": validate(path, challenge).is_valid, "read": False}
        try:
            read = read_submission(path, challenge).submission
            verdicts["read"] = True
            uris = read.challenge.catalog.tracks["uri"]
            assert {
                pid: uris.gather(row).to_list() for pid, row in zip(challenge.pids.tolist(), read.tracks, strict=True)
            } == expected, f"file {number}"
        except SubmissionError as error:
            assert str(error).isprintable(), f"file {number}"  # noqa: PT017 - most files raise nothing
        assert set(verdicts.values()) == {expected is not None}, f"file {number}: {verdicts}, by the rules {expected}"
        assert quick is None or expected is not None, f"file {number}: the quick reader alone accepts it"
        n_valid, n_quick = n_valid + (expected is not None), n_quick + (quick is not None)
    assert n_files / 10 < n_quick < n_valid < n_files * 0.9


def test_the_independent_validator_refuses_what_breaks_a_rule(lines, seeds):
    def keeps(change=lambda _: None):
        changed = [list(fields) for fields in lines]
        change(changed)
        return lists_of("\n".join(map(",".join, changed)).encode(), seeds) is not None

    assert keeps()
    assert not keeps(lambda rows: rows.pop())
    assert not keeps(lambda rows: rows.pop(0))
    assert not keeps(lambda rows: rows.append(rows[1]))
    assert not keeps(lambda rows: rows[1].pop())
    assert not keeps(lambda rows: rows[1].__setitem__(5, rows[1][6]))
    assert not keeps(lambda rows: rows[1].__setitem__(5, "spotify:track:" + "0" * 21))
    assert not keeps(lambda rows: rows[1].__setitem__(5, min(seeds[int(rows[1][0])])))
