"""The team's line: what it can hold, and that it can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ParameterError
from harness.submission.header import CONTEST_TRACKS, FORMS, Team, parse_fields, team_line

NAMES = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters=',"#'), min_size=1, max_size=20)


def test_aicrowd_writes_team_and_address():
    assert team_line(Team("we", "we@example.org", "creative"), "aicrowd") == "team_info,we,we@example.org"


def test_2018_writes_the_track_too():
    assert team_line(Team("we", "we@example.org", "creative"), "2018") == "team_info,we,creative,we@example.org"


def test_an_unknown_form_is_refused():
    with pytest.raises(ParameterError, match=r"^submission format '2019' is unknown: take aicrowd or 2018$"):
        team_line(Team(), "2019")


@given(name=NAMES, mailbox=NAMES, track=st.sampled_from(CONTEST_TRACKS), form=st.sampled_from(FORMS))
def test_a_line_reads_back_as_it_was_written(name, mailbox, track, form):
    team = Team(name, f"{mailbox}@example.org", track)
    read, form_read, faults = parse_fields(team_line(team, form).split(","))
    assert faults == []
    assert form_read == form
    assert read == (team if form == "2018" else Team(name, team.email, "main"))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a,b", "has ',' in it"),
        ("a\nb", r"has '\n' in it"),
        ('"a"', "has '\"' in it"),
        ("#1", "begins with #"),
        ("", "is empty or has blanks at an end"),
        (" a", "is empty or has blanks at an end"),
        ("a\ud800", r"has '\ud800' in it"),
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
    with pytest.raises(ParameterError, match=r"^track 'side' is none of the contest's: main, creative$"):
        Team("we", "we@example.org", "side")


def test_what_a_user_does_not_name_is_a_marked_placeholder():
    assert Team.of(None, None, "main").is_placeholder
    assert Team.of("we", None, "main").is_placeholder
    assert Team.of(None, "we@example.org", "main").is_placeholder
    assert not Team.of("we", "we@example.org", "main").is_placeholder
