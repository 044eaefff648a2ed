"""The team line: permitted values, and reading of written lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ParameterError
from harness.submission.header import ContestTrack, SubmissionForm, Team, parse_fields, team_line

NAMES = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters=',"#'), min_size=1, max_size=20)


def test_aicrowd_writes_team_and_address():
    assert team_line(Team("we", "we@example.org", "creative"), "aicrowd") == "team_info,we,we@example.org"


def test_2018_writes_the_track_first():
    assert team_line(Team("we", "we@example.org", "creative"), "2018") == "team_info,creative,we,we@example.org"


@pytest.mark.parametrize(
    ("fields", "name", "track", "codes"),
    [
        (("main", "we"), "we", "main", []),
        (("we", "main"), "we", "main", []),
        (("creative", "we"), "we", "creative", []),
        (("we", "creative"), "we", "creative", []),
        (("main", "main"), "main", "main", []),
        (("creative", "creative"), "creative", "creative", []),
        (("main", "creative"), "creative", "main", ["header-ambiguous"]),
        (("creative", "main"), "main", "creative", ["header-ambiguous"]),
    ],
)
def test_2018_reads_the_track_on_either_side_of_the_team(fields, name, track, codes):
    team, form, faults = parse_fields(["team_info", *fields, "we@example.org"])
    assert (team, form) == (Team(name, "we@example.org", track), "2018")
    assert [code for code, _ in faults] == codes


def test_a_team_called_main_reads_back_as_it_was_written():
    for track in list(ContestTrack):
        team = Team("main", "we@example.org", track)
        assert parse_fields(team_line(team, "2018").split(","))[0] == team


def test_a_line_of_2018_without_a_track_names_both_fields():
    team, form, faults = parse_fields(["team_info", "side", "we", "we@example.org"])
    assert (team, form, faults) == (None, "2018", [("header-track", "side or we")])


def test_an_unknown_form_is_refused():
    with pytest.raises(ParameterError, match=r"^submission format '2019' is unknown: choose aicrowd or 2018$"):
        team_line(Team(), "2019")


@given(name=NAMES, mailbox=NAMES, track=st.sampled_from(list(ContestTrack)), form=st.sampled_from(list(SubmissionForm)))
def test_a_line_reads_back_as_it_was_written(name, mailbox, track, form):
    team = Team(name, f"{mailbox}@example.org", track)
    read, form_read, faults = parse_fields(team_line(team, form).split(","))
    assert faults == []
    assert form_read == form
    assert read == (team if form == "2018" else Team(name, team.email, "main"))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a,b", "contains ','"),
        ("a\nb", r"contains '\n'"),
        ('"a"', "contains '\"'"),
        ("#1", "begins with #"),
        ("", "is empty or has surrounding white space"),
        (" a", "is empty or has surrounding white space"),
        ("a\ud800", r"contains '\ud800'"),
    ],
)
def test_a_team_that_the_line_cannot_hold_is_refused(name, fault):
    with pytest.raises(ParameterError) as error:
        Team(name, "a@example.org")
    assert str(error.value) == f"team name {name!r} {fault}: the submission's first line cannot hold it"


def test_an_address_needs_an_at():
    with pytest.raises(ParameterError, match=r"^e-mail address 'nobody' has no @$"):
        Team("we", "nobody")


def test_a_track_of_another_contest_is_refused():
    with pytest.raises(ParameterError, match=r"^track 'side' is not a track of the contest: main, creative$"):
        Team("we", "we@example.org", "side")


def test_a_team_without_a_name_is_a_marked_placeholder():
    assert Team.of(None, None, "main").is_placeholder
    assert Team.of("we", None, "main").is_placeholder
    assert Team.of(None, "we@example.org", "main").is_placeholder
    assert not Team.of("we", "we@example.org", "main").is_placeholder
