"""Language of the product: no word of the short list, no docstring that opens with a question word."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BANNED = ("told", "tells", "foretold", "anew", "bears", "mend", "mends", "mended", "lest")
"""Words without a technical meaning here, or for which there is a plainer one."""

QUESTIONS = ("What", "How", "Whether", "Where", "When", "Why")

TOP = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "mkdocs.yml", "pyproject.toml")

PACKAGES = ("harness", "recommenders", "benchmarks", "docs", "examples")
TEXTS = sorted(
    [path for package in PACKAGES for ending in ("py", "pyi", "md", "jinja", "js", "css")
     for path in (ROOT / package).rglob(f"*.{ending}")]
    + [ROOT / name for name in TOP]
)  # fmt: skip


def banned_words(text):
    return re.findall(rf"\b(?:{'|'.join(BANNED)})\b", text, re.IGNORECASE)


def opening(source):
    return (ast.get_docstring(ast.parse(source)) or "").partition(" ")[0]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_no_word_of_the_short_list_occurs(path):
    assert banned_words(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [path for path in TEXTS if path.suffix == ".py"], ids=name_of)
def test_a_module_opens_with_a_noun_phrase_or_a_verb(path):
    assert opening(path.read_text(encoding="utf-8")) not in QUESTIONS


def test_the_checks_find_what_they_look_for():
    assert banned_words("It tells what was Told; a stale smendy tellsX.") == ["tells", "Told"]
    assert opening('"""How things are done."""\n') == "How"
