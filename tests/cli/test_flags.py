"""Messages of the library name fields; the command line names its flags."""

import re
from pathlib import Path

import pytest

import harness
from harness.cli.flags import FLAGS, with_flags

ROOT = Path(harness.__file__).parent
FOLDERS = ("run", "report", "search", "task")


def test_fields_become_flags_and_other_words_stay():
    message = "no `summary`: pass `data`, or `harness run`"
    assert with_flags(message) == "no `summary`: pass --data NAME, or `harness run`"


@pytest.mark.parametrize("path", [path for name in FOLDERS for path in sorted((ROOT / name).rglob("*.py"))], ids=str)
def test_the_library_names_no_flag(path):
    commands = re.compile(r"`harness [^`]*`")  # a whole command may be quoted
    text = commands.sub("", path.read_text(encoding="utf-8"))
    assert re.findall(r"(?<![\w-])--[a-z][a-z-]+", text) == []


def test_every_flag_exists(command):
    help_texts = " ".join(
        command(name, "--help")[1] for name in ("run", "tune", "recommend", "similar", "score", "validate", "serve")
    )
    for flags in FLAGS.values():
        for flag in re.findall(r"--[a-z-]+", flags):
            assert flag in help_texts, flag
