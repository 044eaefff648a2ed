"""Names with control characters: no output contains one, and the data stays unchanged."""

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from harness.data.distributions import Distribution, Histogram
from harness.data.summary import Summary
from harness.data.titles_and_dates import TitleGroup, Titles
from harness.identities import ChallengeKey, CorpusId
from harness.metrics.catalogue import metric_named
from harness.report.comparison import Comparison, Difference, Likeness, Moved, Side
from harness.report.comparison_table import show_comparison
from harness.report.corpus import show_sections
from harness.report.corpus_sections import summary_sections
from harness.report.exchange import csv_text, json_text
from harness.report.formats import as_csv, as_json, as_latex, as_markdown
from harness.report.leaderboard import leaderboards
from harness.report.markdown import report_as_markdown
from harness.report.page import as_html
from harness.report.similar import TEXTS, show_similar, similar_as_csv, similar_as_json, similar_table
from harness.report.terminal import show
from harness.report.tracks import Line, show_tracks, tracks_as_csv, tracks_as_json
from harness.report.tuning import show_tuned, tuned_as_csv, tuned_as_json
from harness.run.similar_tracks import Similar
from harness.search.results import Judged, Trial, Tuned

CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F)]))
CONTROLS += "".join(map(chr, [*range(0x2066, 0x206A), 0xFEFF, 0xD83C, 0xE0001]))
HOSTILE = f"\x1b]0;x\x07=\x1b[2J\x9b2J{CONTROLS}|`[/b]$&<i>"
ALPHABET = st.text(st.sampled_from(f"{CONTROLS}a=+-@|\\\"',;<>[]&\u00e9\u6771"), max_size=30)


def is_clean(text, allowed="\n"):
    """Whether a text has no character that controls a terminal or the direction of writing."""
    for each in set(text) - set(allowed):
        if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") or each in CONTROLS:
            return False
    return True


def printed(show, *arguments):
    out = io.StringIO()
    show(*arguments, Console(file=out, width=300))
    return out.getvalue()


@pytest.fixture(scope="module")
def of_name(entry_of, means_of):
    """A leaderboard on which every text that a user or a file can choose is the name."""

    def make(name):
        runs = [
            replace(entry_of(f"{name}-{i}", means_of(i / 10, 0.3, 3), params={name: [name, i]}), recommender=name)
            for i in (1, 2)
        ]
        return leaderboards(
            [replace(run, corpus=CorpusId(name, "d0"), challenge=ChallengeKey(name, "s0")) for run in runs]
        )

    return make


def comparison(name):
    difference = Difference("ndcg", None, (0.1, 0.2), -0.1, (-0.2, 0.0), 0.5, 0.1, 1, 2, 3)
    sides = (Side((name, name), (True, False)), Side((name,), (False,)))
    moved = (Moved(1, name, 1, (name,), (0.1, 0.2), sides),)
    metrics = {"ndcg": replace(metric_named("ndcg").traits, definition=name)}
    return Comparison((name, name), name, 4, metrics, (difference,), Likeness({10: 0.5}, 0.5), "ndcg", moved, moved)


def tuned(name):
    trials = (Trial(1, {name: name}, name, 0.2), Trial(2, {name: name}, error=name))
    verdict = {"ndcg": Judged((0.3, (0.2, 0.4)), (0.25, (0.2, 0.3)), (0.1, (0.0, 0.2)))}
    metrics = {"ndcg": replace(metric_named("ndcg").traits, definition=name)}
    return Tuned(name, name, name, name, "ndcg", metrics, trials, trials[0], (name, name), 60, verdict)


def sections(name):
    one = Distribution(1, 1.0, 0.0, {name: 1.0}, Histogram([0.0, 1.0], [1]))
    titles = Titles(1, 1, [(name, 2)], [TitleGroup(name, 100, 1.0, 2)])
    summary = Summary(
        counts={"playlists": 1, name: 1},
        numbers={"followers": one, name: one},
        months={"2017-10": 1},
        titles=titles,
        concentration={name: 0.5},
        top_tracks=[(name, name, name, 3)],
        missing={name: 1},
        duplicates={name: 2},
        order=name,
    )
    return summary_sections(summary, {"skipped": 1, "skipped_list": [name]})


def lines_of(name):
    return [Line(1, name, name, name, name, 0.5, name, {f"further {name}": name})]


def similar_of(name):
    name = name.replace("\ud83c", "")  # no corpus holds half a character
    similar = Similar(*(np.array([value]) for value in (0, 0, 1, 5, 0.5)))
    return similar_table(similar, pl.DataFrame({"uri": [name], "name": [name], "artist": [name]}))


def outputs(name, leaderboard):
    """Every output of this name that is text, by what it is."""
    return {
        "board": printed(lambda console: show(leaderboard, console, by_category=True)),
        "markdown": as_markdown(leaderboard),
        "latex": as_latex(leaderboard),
        "csv": as_csv(leaderboard, by_category=True),
        "json": as_json(leaderboard, by_category=True),
        "tracks": printed(show_tracks, lines_of(name), name),
        "tracks csv": tracks_as_csv(lines_of(name)),
        "tracks json": tracks_as_json(lines_of(name)),
        "similar": printed(show_similar, similar_of(name), name),
        "similar csv": similar_as_csv(similar_of(name)),
        "similar json": similar_as_json(similar_of(name)),
        "tuned": printed(show_tuned, tuned(name)),
        "tuned csv": tuned_as_csv(tuned(name)),
        "tuned json": tuned_as_json(tuned(name)),
        "comparison": printed(show_comparison, comparison(name)),
        "summary": printed(show_sections, sections(name)),
        "summary markdown": report_as_markdown(name, [name], sections(name)),
    }


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ALPHABET)
def test_no_output_holds_control_characters(of_name, name):
    for what, text in outputs(name, of_name(name)).items():
        assert is_clean(text), what


def test_the_worst_name_is_harmless_everywhere(of_name):
    for what, text in outputs(HOSTILE, of_name(HOSTILE)).items():
        assert is_clean(text), what


def test_the_page_holds_no_control_characters(of_name, contents_of):
    leaderboard = of_name(HOSTILE)
    runs = [row.entry.run for row in leaderboard[0].rows]
    page = as_html(leaderboard, [contents_of(runs, title=HOSTILE, name=HOSTILE)])
    body = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)  # our own code and Vega's
    assert is_clean(body, allowed="\n\t")
    assert r"\u001b" in body


def test_a_name_stays_on_its_line(of_name):
    one, two = (as_markdown(of_name(name)) for name in ("a b", "a\nb\u2028c\rd"))
    assert two.count("\n") == one.count("\n")
    assert tracks_as_csv(lines_of("a\r\nb")).splitlines()[1] == "1,a b,a b,a b,a b,0.5,a b,a b"


@given(ALPHABET)
def test_json_gives_each_text_back(name):
    (line,) = json.loads(tracks_as_json(lines_of(name)))
    further = {"preview": name, f"further {name}": name}
    assert line == {**dict.fromkeys(("track", "artist", "album", "uri"), name), "rank": 1, "score": 0.5, **further}
    (pair,) = json.loads(similar_as_json(similar_of(name)))
    assert {pair[column] for columns in TEXTS.values() for column in columns} == {name.replace("\ud83c", "")}
    (estimated,) = json.loads(tracks_as_json([replace(each, confidence=0.25) for each in lines_of(name)]))
    assert estimated == line | {"confidence": 0.25}
    assert json.loads(json_text({name: [name]})) == {name: [name]}


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+44", "'+44"),
        ("-", "'-"),
        ("@me", "'@me"),
        ("\t=1", "' =1"),
        ("\r@x", "' @x"),
        ("\uff1dSUM(A1)", "'\uff1dSUM(A1)"),
        ("a=1", "a=1"),
        ("'quoted'", "'quoted'"),
        ("", ""),
        (-0.5, "-0.5"),
        (-3, "-3"),
        (None, ""),
        (["=1"], "['=1']"),
    ],
)
def test_a_spreadsheet_runs_no_text_of_a_csv(value, cell):
    (row, head) = csv.reader(io.StringIO(csv_text([value, "x"], [[value, "x"]])))
    assert row == head == [cell, "x"]
