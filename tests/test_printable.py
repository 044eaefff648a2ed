"""Printable text: nothing in a name controls a terminal, breaks a line or grows an error without bound."""

import re
import unicodedata
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.printable import (
    AS_CODES,
    ERROR_BYTES,
    one_line_warnings,
    printable,
    printable_lines,
    short_errors,
    shortened,
)

DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", r"\u001b]0;title\u0007"),
        ("\x1b[2J", r"\u001b[2J"),
        ("\x9b2J", r"\u009b2J"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
        ("a\x00b\x7f", r"a\u0000b\u007f"),
        ("a\r\nb\tc\u2028d\x85e", "a b c d e"),
        ("\ud83c", r"\ud83c"),
        ("\U000e0001", r"\udb40\udc01"),
        ("Beyoncé 東京 محمد 👩‍🎤 x", "Beyoncé 東京 محمد 👩‍🎤 x"),
    ],
)
def test_control_characters_are_shown_as_codes(text, shown):
    assert printable(text) == shown


@given(ANYTHING)
def test_no_control_character_is_left(text):
    shown = printable(text)
    assert not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in shown)
    assert not {unicodedata.bidirectional(each) for each in shown} & DIRECTIONS
    assert shown.encode().decode() == shown
    assert printable(shown) == shown


def test_a_warning_is_one_printable_line_without_its_source(capsys):
    with one_line_warnings():
        warnings.warn("two\nlines \u202e", stacklevel=1)
    assert capsys.readouterr().err == "warning: two lines \\u202e\n"


@given(ANYTHING)
def test_lines_stay_lines(text):
    shown = printable_lines(text)
    assert shown.count("\n") == text.count("\n")


@given(ANYTHING, st.integers(20, 600), st.sampled_from(["utf-8", "ascii", "latin-1"]))
@example("é" * 600, 500, "ascii")
@example("🎧" * 300, 500, "ascii")
def test_a_shortened_text_keeps_its_ends(text, n_bytes, encoding):
    text = printable(text)
    short = shortened(text, n_bytes, encoding)
    assert len(short.encode(encoding, AS_CODES)) <= n_bytes
    if len(text.encode(encoding, AS_CODES)) <= n_bytes:
        assert short == text
    else:
        assert " [...] " in short


def test_an_error_line_is_short_and_other_lines_are_whole():
    text = f"{'x' * 900}\nerror: {'y' * 900}; remedy\n{'z' * 900}\n"
    first, error, last, _ = short_errors(text).split("\n")
    assert (first, last) == ("x" * 900, "z" * 900)
    assert len(error.encode()) + 1 == ERROR_BYTES
    assert re.fullmatch(r"error: y+ \[\.\.\.\] y+; remedy", error)
