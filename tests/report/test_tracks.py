"""Tables of tracks: names unchanged, on one line, without terminal control sequences."""

import csv
import io
import json

from rich.console import Console

from harness.report.tracks import Line, show_tracks, tracks_as_csv, tracks_as_json

LINES = [
    Line(1, "[red]東京[/red]", "椎名林檎", "", "spotify:track:1", 0.123456),
    Line(2, "evil\x1b[31m\nname", "محمد", 'a "b", c', "spotify:track:2", None),
]


def shown(lines):
    text = io.StringIO()
    show_tracks(lines, "continued by [b]x[/b]", Console(file=text, width=200))
    return text.getvalue()


def test_names_are_text_and_cannot_steer_a_terminal():
    lines = shown(LINES).splitlines()
    assert lines[0].rstrip() == "continued by [b]x[/b]"
    assert lines[1].split() == ["rank", "track", "artist", "score"]
    assert lines[3].split() == ["1", "[red]東京[/red]", "椎名林檎", "0.1235"]
    assert lines[4].split() == ["2", r"evil\u001b[31m", "name", "محمد", "-"]


def test_without_scores_there_is_no_column_of_them():
    assert shown(LINES[1:]).splitlines()[1].split() == ["rank", "track", "artist"]


def test_json_and_csv_hold_names_as_they_are():
    tracks = json.loads(tracks_as_json(LINES))
    assert tracks[0]["track"] == "[red]東京[/red]"
    assert "東京" in tracks_as_json(LINES)
    rows = list(csv.DictReader(io.StringIO(tracks_as_csv(LINES))))
    assert [(row["artist"], row["album"], row["score"]) for row in rows] == [
        ("椎名林檎", "", "0.123456"),
        ("محمد", 'a "b", c', ""),
    ]
