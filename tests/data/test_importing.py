"""An import can be interrupted at any point, run twice at the same time, and repeated."""

import errno
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from harness.data import store
from harness.data.importing import import_corpus
from harness.data.mpd import importing, workers
from harness.data.mpd import merging as parts
from harness.data.mpd.importing import unfinished_imports
from harness.data.mpd.writing import write_slices
from harness.data.store import find_corpus
from harness.errors import DataError

CLEAN = {"corpora": ["x"], "imports": [], "hidden": []}


def second(source):
    return source / "data" / "mpd.slice.1000-1999.json"


def retitle(path, old="Title 1000", new="Title 9999"):
    """Change the content, but not the size."""
    path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def large(playlists, tmp_path_factory):
    """Eight slices of 200 synthetic playlists each: enough to interrupt the import midway."""
    folder = tmp_path_factory.mktemp("large")
    (path,) = write_slices(playlists.take(np.arange(200)), folder)
    text = path.read_text()
    for number in range(1, 8):
        path.with_name(f"mpd.slice.{number}000-{number}999.json").write_text(shifted(text, 1000 * number))
    return folder


def shifted(text, number):
    """A slice with other pids."""
    return re.sub(r'"pid": (\d+)', lambda pid: f'"pid": {int(pid[1]) + number}', text)


def test_the_same_source_is_not_imported_again(source, wild, monkeypatch):
    first = wild.imported(source)
    monkeypatch.setattr(importing, "Merge", None)
    again = wild.imported(source)
    assert again.manifest == first.manifest


def test_a_touched_slice_is_compared_by_content(source, wild, monkeypatch):
    first = wild.imported(source)
    os.utime(second(source), ns=(1, 1))
    monkeypatch.setattr(importing, "Merge", None)
    assert wild.imported(source).manifest == first.manifest


def test_a_changed_slice_of_the_same_size_is_noticed(source, wild):
    first = wild.imported(source)
    retitle(second(source))
    words = (
        "corpus 'x' is there already, made from another version of slice mpd.slice.1000-1999.json: "
        "choose another --name, or replace it with --replace"
    )
    with pytest.raises(DataError) as caught:
        wild.imported(source)
    assert str(caught.value) == words
    assert find_corpus("x").fingerprint == first.fingerprint
    changed = wild.imported(source, replace=True)
    assert wild.as_lists(changed.playlists())[1000][0] == "Title 9999"


def test_a_changed_zip_is_noticed(source, tmp_path, wild):
    archive = wild.zipped(source, tmp_path / "x.zip")
    wild.imported(archive)
    retitle(second(source))
    with pytest.raises(DataError, match=r"made from another version of slice mpd.slice.1000-1999.json"):
        wild.imported(wild.zipped(source, archive))


def test_a_name_with_another_source_is_an_error(source, corpus, wild):
    with pytest.raises(DataError, match=r"^corpus 'small' is there already, made from something else: "):
        wild.imported(source, "small")
    assert find_corpus("small").fingerprint == corpus.fingerprint
    wild.imported(source)
    second(source).unlink()
    with pytest.raises(DataError, match=r"^corpus 'x' is there already, made from other slices: "):
        wild.imported(source)


def test_a_corpus_with_skipped_playlists_is_not_reused_without_skip_bad(source, wild):
    wild.write_slice(second(source), [wild.playlist(1000, [1]) | {"tracks": [{}]}, wild.playlist(1001, [1])])
    wild.imported(source, skip_bad=True)
    assert wild.imported(source, skip_bad=True).manifest.notes["skipped"] == 1
    with pytest.raises(DataError, match="made with --skip-bad, which skipped playlists"):
        wild.imported(source)
    with pytest.raises(DataError, match="playlist 1000: track 0 has no track_uri"):
        wild.imported(source, replace=True)
    assert find_corpus("x").manifest.notes["skipped"] == 1


def stopped_at(number, monkeypatch, error):
    """Make the merge of one slice fail."""
    add = parts.Merge.add

    def failing(merge, file, columns):
        if len(merge.slices) == number:
            raise error
        add(merge, file, columns)

    monkeypatch.setattr(parts.Merge, "add", failing)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_interrupted_import_resumes_after_its_last_slice(source, wild, left, monkeypatch, number):
    whole = wild.imported(source, "whole").fingerprint
    with monkeypatch.context() as patch:
        stopped_at(number, patch, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            wild.imported(source)
    assert list(unfinished_imports()) == (["x"] if number else [])
    read = []
    monkeypatch.setattr(workers, "read_all", lambda tasks, n: read.extend(tasks) or _read_all(tasks, n))
    assert wild.imported(source).fingerprint == whole
    assert len(read) == 3 - number
    assert left() == CLEAN | {"corpora": ["whole", "x"]}


_read_all = workers.read_all


def test_checkpoints_of_an_older_numbering_are_never_reused(source, wild, monkeypatch):
    """Interrupted, second slice changed, interrupted after it: the third checkpoint has outdated ids."""
    wild.write_slice(second(source), [wild.playlist(1000, [40, 41])])
    wild.write_slice(source / "data" / "mpd.slice.2000-2999.json", [wild.playlist(2000, [41, 50, 40])])
    with monkeypatch.context() as patch:
        patch.setattr(importing, "_joined", interrupted)
        with pytest.raises(KeyboardInterrupt):
            wild.imported(source)
    wild.write_slice(second(source), [wild.playlist(1000, [60])])
    with monkeypatch.context() as patch:
        stopped_at(2, patch, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            wild.imported(source)
    assert wild.imported(source).fingerprint == wild.imported(source, "fresh").fingerprint


def interrupted(*_):
    raise KeyboardInterrupt


def test_a_partial_checkpoint_is_ignored(source, wild, home):
    whole = wild.imported(source, "whole").fingerprint
    stray = home / "imports" / "x" / f".partial-{os.getpid()}-000000.part"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"half")
    (stray.parent / "000000.part").write_bytes(b"damaged")
    assert wild.imported(source).fingerprint == whole
    assert not stray.parent.exists()


def test_remains_of_an_import_killed_at_its_end_are_deleted(source, wild, home, left):
    wild.imported(source)
    (home / "imports" / "x").mkdir(parents=True)
    (home / "imports" / "x" / "000000.part").write_bytes(b"merged long ago")
    (home / "corpora" / ".partial-old-1-x").mkdir()
    (home / "corpora" / ".partial-1-x").mkdir()
    wild.imported(source)
    assert left() == CLEAN


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("harness.data.mpd.merging.msgspec.msgpack.encode", FULL),
        ("numpy.lib.format.write_array_header_1_0", FULL),
        ("harness.data.layout.write_array", OSError("1000 requested and 512 written")),
        ("polars.DataFrame.write_ipc", OSError("No space left on device (os error 28)")),
        ("harness.data.store.msgspec.json.format", FULL),
    ],
)
def test_a_full_disk_keeps_the_existing_corpus(source, corpus, wild, left, monkeypatch, where, what):
    def full(*_, **__):
        raise what

    with monkeypatch.context() as patch:
        patch.setattr(where, full)
        with pytest.raises(OSError, match=r"No space left|512 written") as caught:
            wild.imported(source, "small", replace=True)
    assert caught.value.errno == errno.ENOSPC
    assert find_corpus("small").fingerprint == corpus.fingerprint
    assert left()["hidden"] == []
    assert wild.imported(source, "small", replace=True).fingerprint == wild.imported(source).fingerprint
    assert left() == CLEAN | {"corpora": ["small", "x"]}


def test_two_simultaneous_imports_of_one_source_give_one_corpus(source, wild, left):
    with ThreadPoolExecutor(2) as pool:
        first, other = pool.map(wild.imported, [source, source])
    assert first.manifest == other.manifest
    assert left() == CLEAN


def test_two_processes_with_different_sources_do_not_mix(source, tmp_path, wild, left):
    other = wild.three_slices(tmp_path / "other")
    retitle(second(other))
    processes = [start(folder) for folder in (source, other)]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 1]
    assert "made from another version of slice mpd.slice.1000-1999.json" in "".join(errors)
    winner = source if processes[0].returncode == 0 else other
    assert find_corpus("x").fingerprint == wild.imported(winner, "fresh").fingerprint
    assert left() == CLEAN | {"corpora": ["fresh", "x"]}


def start(source, *options):
    command = [sys.executable, "-m", "harness.cli.main", "data", "import", str(source), "--name", "x", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_for(what):
    end = time.monotonic() + 60
    while not what() and time.monotonic() < end:
        time.sleep(0.002)


def of_session(number):
    """The running processes of a session."""
    pids = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if session == str(number) and state != "Z":
            pids.append(int(path.parent.name))
    return pids


def test_ctrl_c_prints_one_line_and_exits_with_130(large, home, left):
    process = start(large)
    wait_for((home / "imports" / "x" / "000001.part").exists)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "error: interrupted; finished work is saved, run the same command to resume\n"
    assert left() == {"corpora": [], "imports": ["x"], "hidden": []}
    wait_for(lambda: not of_session(process.pid))
    assert of_session(process.pid) == []
    n_done = len(list((home / "imports" / "x").glob("*.part")))
    process = start(large)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("x: 1,600 playlists, ")
    assert 2 <= n_done < 8
    assert left() == CLEAN


KILLED = """
import os, signal, sys
from pathlib import Path
from harness.data.importing import import_corpus

home, source, stop = os.environ["HARNESS_DATA"], Path(sys.argv[1]), int(sys.argv[2])
events = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"}
n = 0

def count(event, args):
    global n
    if event in events or (event == "open" and home in str(args[0])):
        n += 1
        if n == stop:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
import_corpus(source, "x", replace=True, n_workers=1)
print(n)
"""


def killed(source, stop):
    command = [sys.executable, "-c", KILLED, str(source), str(stop)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def check_kills(moments, source, wild, left, home):
    """A replacing import is killed at the nth change of the disk."""
    old = wild.imported(wild.three_slices(source.with_name("old"), indent=None), "x")
    retitle(second(source))
    new = wild.imported(source, "whole")
    shutil.copytree(old.folder, home / "kept")
    for moment in moments:
        assert killed(source, moment).returncode == -signal.SIGKILL
        store.tidy("x")
        assert find_corpus("x").fingerprint in (old.fingerprint, new.fingerprint)
        assert wild.imported(source, replace=True).fingerprint == new.fingerprint
        assert left() == CLEAN | {"corpora": ["whole", "x"]}
        shutil.rmtree(find_corpus("x").folder)
        shutil.copytree(home / "kept", old.folder)


def moments(source, wild):
    """Number of disk changes of an uninterrupted import."""
    wild.imported(wild.three_slices(source.with_name("counted"), indent=None), "x")
    finished = killed(source, 0)
    shutil.rmtree(find_corpus("x").folder)
    return int(finished.stdout)


def test_a_killed_import_is_completed_by_the_next(source, wild, left, home):
    n = moments(source, wild)
    assert n > 30
    check_kills(random.Random(1).sample(range(1, n + 1), 4), source, wild, left, home)


@pytest.mark.slow
def test_an_import_killed_at_any_disk_change_is_completed_by_the_next(source, wild, left, home):
    n = moments(source, wild)
    check_kills(range(1, n + 1), source, wild, left, home)


@pytest.mark.slow
def test_an_import_with_workers_killed_30_times_is_completed_by_the_next(large, home, left):
    whole = import_corpus(large, "whole").fingerprint
    draw = random.Random(2)
    for _ in range(30):
        process = start(large)
        time.sleep(draw.uniform(0.2, 2.5))
        process.kill()
        process.communicate()
        wait_for(lambda number=process.pid: not of_session(number))
        assert of_session(process.pid) == []
        assert import_corpus(large, "x").fingerprint == whole
        assert left() == CLEAN | {"corpora": ["whole", "x"]}
        shutil.rmtree(home / "corpora" / "x")


def test_a_worker_that_ends_is_named(source, wild, monkeypatch):
    from harness.data.mpd import workers

    monkeypatch.setattr(
        workers,
        "_start",
        lambda: subprocess.Popen(
            [sys.executable, "-c", "raise SystemExit(9)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ),
    )
    with pytest.raises(
        DataError,
        match=r"^the process that read slice mpd.slice.0-999.json ended \(exit code 9\); if memory ran out, free",
    ):
        wild.imported(source, n_workers=2)


def test_the_users_working_folder_does_not_shadow_modules(source, wild, tmp_path, monkeypatch):
    (tmp_path / "msgspec.py").write_text("raise RuntimeError")
    monkeypatch.chdir(tmp_path)
    assert wild.imported(source, n_workers=2).manifest.n_playlists == 12
