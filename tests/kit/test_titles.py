"""Titles are normalised as in the official start-kit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.titles import normalise, title_key

PUNCTUATION = r".,\/#!$%^*;:{}=_`~()@"


@pytest.mark.parametrize(
    ("title", "normalised"),
    [
        ("", ""),
        ("Country", "country"),
        ("  Road   Trip\t2017\n", "road trip 2017"),
        ("R&B", "r&b"),
        ("90's + 00's", "90's + 00's"),
        ("chill-out", "chill-out"),
        ("Drake_Future/Migos", "drake future migos"),
        ("#throwback", "throwback"),
        ("🔥🔥", "🔥🔥"),
        ("Été", "été"),
        ("音楽。", "音楽。"),
        ("<script>", "<script>"),
        ("...", ""),
        ("(◕‿◕)", "◕‿◕"),
    ],
)
def test_a_title_becomes_its_normal_form(title, normalised):
    assert normalise(title) == normalised


def test_exactly_the_official_punctuation_becomes_blanks():
    ascii_signs = [chr(code) for code in range(33, 127) if not chr(code).isalnum()]
    assert {sign for sign in ascii_signs if normalise(f"a{sign}b") == "a b"} == set(PUNCTUATION)


@given(st.text())
def test_a_normal_form_is_its_own_normal_form(title):
    once = normalise(title)
    assert once == once.strip()
    assert not set(once) & set(PUNCTUATION)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("title", "key"), [("R.E.M.", "r e m"), (" ... ", "..."), ("🔥", "🔥"), ("  ", ""), (None, "")]
)
def test_a_title_of_punctuation_alone_differs_from_no_title(title, key):
    assert title_key(title) == key
