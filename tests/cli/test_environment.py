"""Unusual environments: a command works, or ends with exit code 1 and one line that names the fault."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness.atomic import PARTIAL
from harness.data import manifest, store
from harness.kit.numba_cache import cache_folder
from harness.printable import ERROR_BYTES
from harness.synthetic import Model, generate

POSIX = os.name == "posix"
pytestmark = pytest.mark.skipif(not POSIX, reason="streams and permissions of POSIX")

COMMAND = (sys.executable, "-m", "harness.cli.main")


@pytest.fixture(scope="module")
def place():
    """A folder that every user may read: the corpus `small` in `home`, a run of it in `runs`."""
    folder = Path(tempfile.mkdtemp(prefix="harness-test-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_DATA", str(folder / "home"))
        store.write_corpus(generate(600, seed=0, model=Model.small()), "small", {"kind": "test"})
        done = subprocess.run(
            [*COMMAND, "run", "--data", "small", "--recommender", "popularity", "--runs", str(folder / "runs")],
            capture_output=True,
            check=True,
        )
    assert done.stdout
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o700)
    shutil.rmtree(folder)


@pytest.fixture
def run(place):
    """`run(*arguments, **environment)` -> the finished process; `shell=` wraps the command in a line of a shell."""

    def start(*arguments, shell='"$@"', **environment):
        env = {**os.environ, "HARNESS_DATA": str(place / "home"), **environment}
        return subprocess.run(
            ["sh", "-c", shell, "sh", *COMMAND, *map(os.fspath, arguments)],
            env={name: value for name, value in env.items() if value is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=place,
            timeout=120,
            check=False,
        )

    return start


def is_one_error(done, words=""):
    lines = done.stderr.decode().splitlines()
    assert (done.returncode, len(lines)) == (1, 1), done
    assert lines[0].startswith("error: ")
    assert len(done.stderr) <= ERROR_BYTES
    assert words in lines[0]
    return True


LOCALES = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
]


@pytest.mark.parametrize(
    ("form", "locale"),
    [
        ("terminal", LOCALES[0]),
        ("json", LOCALES[0]),
        *(pytest.param("terminal", locale, marks=pytest.mark.slow) for locale in LOCALES[1:]),
        *(pytest.param(form, LOCALES[0], marks=pytest.mark.slow) for form in ("csv", "md", "latex")),
    ],
    ids=str,
)
def test_a_leaderboard_is_shown_in_any_locale(run, locale, form):
    done = run("leaderboard", "--runs", "runs", "--format", form, **locale)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"popularity" in done.stdout


@pytest.mark.parametrize("locale", [LOCALES[0], pytest.param(LOCALES[-1], marks=pytest.mark.slow)], ids=str)
def test_names_of_any_script_are_shown_in_any_locale(run, tmp_path, locale):
    table = tmp_path / "table.csv"
    table.write_text(
        "playlist,track,track_name,title\n1,a,\U0001f3a7\u6771\u00e9,\u6771\n1,b,x,\u6771\n", encoding="utf-8"
    )
    home = str(tmp_path / "home")
    assert run("data", "import", table, "--name", "x", HARNESS_DATA=home, **locale).returncode == 0
    done = run("data", "info", "x", HARNESS_DATA=home, **locale)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\ud83c\udfa7\u6771" in done.stdout
    line = ("recommend", "--data", "x", "--track", "b", "--recommender", "popularity", "--k", 1, "--format", "json")
    done = run(*map(str, line), HARNESS_DATA=home, **locale)
    assert done.returncode == 0
    assert rb"\ud83c\udfa7\u6771" in done.stdout


@pytest.mark.parametrize("named", ["~nosuchuser", "~nosuchuser/data"])
def test_the_home_of_an_unknown_user(run, named):
    assert is_one_error(run("data", "list", HARNESS_DATA=named), "this user does not exist")
    assert is_one_error(run("run", "--data", named, "--recommender", "popularity"), "no corpus")


def test_a_data_folder_that_is_a_file(run, place, tmp_path):
    (tmp_path / "file").write_text("")
    assert is_one_error(run("data", "list", HARNESS_DATA=str(tmp_path / "file")), "is not a folder")
    assert is_one_error(run("data", "info", "small", HARNESS_DATA=str(tmp_path / "file" / "below")), "")
    assert place.is_dir()


def test_links_in_a_circle(run, tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert is_one_error(run("data", "list", HARNESS_DATA=str(loop)), "is not a folder")
    assert is_one_error(run("data", "import", loop, "--name", "x"), str(loop))
    assert is_one_error(run("run", "--data", loop, "--recommender", "popularity"), str(loop))
    assert is_one_error(run("leaderboard", "--runs", loop), "is not a folder")
    assert is_one_error(run("validate", loop), str(loop))
    assert is_one_error(run("leaderboard", "--runs", "runs", "--output", loop / "board.csv"), str(loop))


def test_a_working_folder_that_is_gone(run, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    done = run("leaderboard", shell=f'cd "{gone}" && rmdir "{gone}" && "$@"', PYTHONSAFEPATH="1")
    assert is_one_error(done, "the working folder does not exist")


@pytest.mark.parametrize(
    "line", [("leaderboard", "--runs", "runs"), pytest.param(("data", "list"), marks=pytest.mark.slow)], ids=str
)
@pytest.mark.parametrize("shell", ['"$@" >&-', '"$@" >/dev/full'])
def test_an_output_that_cannot_be_written(run, line, shell):
    if "/dev/full" in shell and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    assert is_one_error(run(*line, shell=shell), "standard output cannot be written")


@pytest.mark.parametrize("line", ["leaderboard --runs runs", "list", "--help", "data list --help"])
def test_a_reader_that_ends_early_ends_the_command_quietly(place, line):
    """The pipe has no reader at all when the command starts to write."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run([*COMMAND, *line.split()], cwd=place, stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(
    "line",
    [
        "run --data small --recommender popularity",
        "run --data small --recommender title",
        "run --data small --recommender title --engine local --workers 1",
        pytest.param("data synth --playlists 100 --name other", marks=pytest.mark.slow),
    ],
)
def test_a_file_beyond_its_size_limit_names_the_remedy(run, line, tmp_path):
    runs = () if line.startswith("data") else ("--runs", tmp_path / "runs")
    done = run(*line.split(), *runs, shell='ulimit -f 8; "$@"')
    assert is_one_error(done, "nothing was changed; free some space or choose another path")
    assert b"recommender" not in done.stderr


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "x"),
        ImportError("libarrow.so.2600: failed to map segment from shared object"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("can't start new thread"),
    ],
)
def test_memory_or_threads_that_run_out_are_no_bug(command, monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr("harness.cli.main.check_environment", fail)
    lacking = "threads" if "thread" in str(error) else "memory"
    message = f"error: out of {lacking}: free some and run the same command again; finished work is saved\n"
    assert command("data", "list") == (1, "", message)


def test_closed_standard_error_is_ignored(run):
    done = run("data", "info", "nosuch", shell='"$@" 2>&-')
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    done = run("data", "list", shell='"$@" <&- 2>&-')
    assert (done.returncode, done.stdout[:5]) == (0, b"small")


def test_a_closed_output_harms_no_file(run, place):
    """The next file that is opened would take the place of a closed standard output."""
    before = (place / "home" / "corpora" / "small" / manifest.MANIFEST).read_bytes()
    run("data", "list", shell='"$@" >&- 2>&- <&-')
    assert (place / "home" / "corpora" / "small" / manifest.MANIFEST).read_bytes() == before


def test_names_that_are_not_utf_8(run, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/a\xff\x1bb")
    Path(odd).mkdir()
    assert is_one_error(run("data", "list", HARNESS_DATA=odd), "not UTF-8")
    assert is_one_error(run("run", "--data", "small", "--recommender", "popularity", "--runs", odd), "not UTF-8")
    assert is_one_error(run("data", "import", odd, "--name", "x"), "")
    assert is_one_error(run("validate", f"{odd}/x.csv"), "")
    done = run("leaderboard", "--runs", "runs", "--format", "csv", "--output", f"{odd}/board.csv")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("threads", ["0", "1.5"])
def test_an_invalid_number_of_threads(run, threads):
    assert is_one_error(run("data", "list", NUMBA_NUM_THREADS=threads), "$NUMBA_NUM_THREADS")


def test_an_empty_number_of_threads_is_ignored(run, tmp_path):
    done = run("run", "--data", "small", "--recommender", "popularity", "--runs", tmp_path, NUMBA_NUM_THREADS="")
    assert (done.returncode, b"Warning" in done.stderr) == (0, False)


def test_runs_that_are_a_file(run, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    assert is_one_error(run("leaderboard", "--runs", file), "is not a folder")
    assert is_one_error(run("compare", "a", "b", "--runs", file), "is not a folder")
    assert is_one_error(run("run", "--data", "small", "--recommender", "popularity", "--runs", file), "is not a folder")
    assert is_one_error(run("run", "--data", "small", "--recommender", "popularity", "--runs", file / "x"), str(file))


def test_an_error_is_never_longer_than_its_bound(run):
    assert is_one_error(run("data", "info", "x" * 5_000), "xxx")
    assert is_one_error(run("data", "info", "\u6771" * 5_000, PYTHONIOENCODING="ascii"), r"\u6771")


@pytest.mark.parametrize(
    "arguments", [("data", "info", "\x1b]0;x\x07"), ("run", "--\x1b[2J"), ("\x9b2J",), ("list", "\u202e")]
)
def test_arguments_cannot_control_the_terminal(run, arguments):
    done = run(*arguments)
    assert done.returncode in (1, 2)
    assert not any(control in done.stderr.decode() for control in ("\x1b", "\x07", "\x9b", "\u202e"))


def test_an_exception_without_words_is_one_line(run, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import harness.plugins\ndef names(kind):\n    raise KeyError('x\\x1b')\nharness.plugins.names = names\n"
    )
    done = run("list", PYTHONPATH=str(tmp_path))
    assert is_one_error(done, "KeyError: ")
    assert b"sitecustomize.py, line 3" in done.stderr
    assert b"Traceback" in run("list", PYTHONPATH=str(tmp_path), HARNESS_DEBUG="1").stderr


# Root may write everywhere, so there these tests give up its right to ignore permissions.


@pytest.fixture
def powerless(run, place):
    """`run` by a process that may read everything of `place` and write nothing of it."""
    if os.geteuid():
        shell = '"$@"'
    elif shutil.which("setpriv"):
        shell = 'exec setpriv --bounding-set -dac_override,-dac_read_search "$@"'
    else:
        pytest.skip("root without setpriv cannot give up its rights")
    paths = [place, *place.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)

    def start(*arguments, **environment):
        read_only = {name: str(place / "home") for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
        compiled = {"NUMBA_CACHE_DIR": str(cache_folder().parent)}  # by the other tests
        return run(*arguments, shell=shell, **read_only | compiled | environment)

    yield start
    for path in paths:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_read_only_data_folder_serves(powerless, place):
    (run,) = (place / "runs").iterdir()
    file = run / "submission.csv.gz"
    done = powerless("validate", file, "--data", "small")
    assert done.returncode == 0, done.stderr
    done = powerless("score", file, "--data", "small")
    assert (done.returncode, b"0.0" in done.stdout) == (0, True), done.stderr
    done = powerless("recommend", "--data", "small", "--title", "rock", "--recommender", "item-knn", "--k", "3")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 6), done.stderr
    done = powerless("split", "--data", "small", "--seed", "7")  # one that was not drawn before
    assert (done.returncode, b"none: the data folder is read-only" in done.stdout) == (0, True), done.stderr


def test_a_copied_read_only_corpus_serves(powerless, place):
    for path in (place / "home" / "corpora" / "small").iterdir():
        os.utime(path, ns=(0, 0))
    assert powerless("data", "info", "small").returncode == 0
    assert powerless("data", "verify", "small").returncode == 0


def test_writing_into_a_read_only_data_folder_is_one_line_before_any_work(powerless, place):
    table = place / "home" / "corpora" / "small" / manifest.MANIFEST
    line = ("data", "synth", "--playlists", "1000000000", "--name", "x")
    assert is_one_error(powerless(*line), f"Permission denied ({place / 'home' / 'corpora'})")
    assert table.is_file()


def test_a_home_that_is_not_writable(powerless):
    done = powerless("data", "synth", "--playlists", "10", "--name", "x", HARNESS_DATA=None)
    assert is_one_error(done, "Permission denied")
    assert powerless("list", HARNESS_DATA=None).returncode == 0


def test_a_read_only_folder_for_compiled_code(powerless, tmp_path, place):
    line = ("run", "--data", "small", "--recommender", "title", "--runs", tmp_path / "runs")
    done = powerless(*line, NUMBA_CACHE_DIR=str(place / "home"), TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "runs").iterdir())) == 1
    assert list(tmp_path.glob("playlist-harness-*/kernels-*")), "the next writable folder"


# What killed processes left beside an output.


def test_partial_files_of_killed_processes_are_removed(run, tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    leaderboard = tmp_path / "board.csv"
    stray, alive = tmp_path / f"{PARTIAL}{dead.pid}-board.csv", tmp_path / f"{PARTIAL}{os.getpid()}-board.csv"
    other = tmp_path / f"{PARTIAL}{dead.pid}-another.csv"
    for path in (stray, alive, other):
        path.write_text("half")
    assert run("leaderboard", "--runs", "runs", "--format", "csv", "--output", leaderboard).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"board.csv", alive.name, other.name}
