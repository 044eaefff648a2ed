"""Atomic writes: a file or folder appears complete or not at all, and the previous one stays until then."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.atomic import PARTIAL, new_file, new_folder, replace_folder, sweep

FAILURES = [
    ValueError("a bug"),
    KeyboardInterrupt(),
    SystemExit(1),
    OSError(errno.ENOSPC, "No space left on device"),
]


def content(folder):
    """Everything below a folder: relative path -> text."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def half_a_file(path, failure):
    with new_file(path) as partial:
        partial.write_text("half")
        raise failure


def half_a_folder(path, failure):
    with new_folder(path) as partial:
        (partial / "file.txt").write_text("half")
        raise failure


def onto_a_full_disk(path):
    with new_file(path) as partial:
        partial.symlink_to("/dev/full")
        partial.write_text("new")


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "made on the way" / "file.txt"
    with new_file(path) as partial:
        partial.write_text("new")
        assert not path.exists()
        assert partial.parent == path.parent, "a rename is atomic only within one file system"
    assert content(tmp_path) == {"made on the way/file.txt": "new"}


def test_a_file_takes_the_place_of_an_older_one(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with new_file(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert content(tmp_path) == {"file.txt": "new"}


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_file_that_fails_leaves_the_older_one_and_nothing_else(tmp_path, failure):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(type(failure)):
        half_a_file(path, failure)
    assert content(tmp_path) == {"file.txt": "old"}


def test_a_file_that_fails_before_its_first_byte_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_file(tmp_path / "file.txt"):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_take_its_place_leaves_nothing_half_written(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"), new_file(tmp_path / "taken") as partial:
        partial.write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_full_disk_leaves_the_older_file(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="space") as caught:
        onto_a_full_disk(path)
    assert caught.value.errno == errno.ENOSPC
    assert content(tmp_path) == {"file.txt": "old"}


def test_a_folder_appears_when_it_is_whole_and_replaces_all_of_an_older_one(tmp_path):
    path = tmp_path / "folder"
    with new_folder(path) as partial:
        (partial / "first.txt").write_text("old")
    with new_folder(path) as partial:
        assert not list(partial.iterdir())
        (partial / "second.txt").write_text("new")
        assert content(path) == {"first.txt": "old"}
    assert content(tmp_path) == {"folder/second.txt": "new"}
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_folder_that_fails_leaves_the_older_one_and_nothing_else(tmp_path, failure):
    path = tmp_path / "folder"
    with new_folder(path) as partial:
        (partial / "file.txt").write_text("old")
    with pytest.raises(type(failure)):
        half_a_folder(path, failure)
    assert content(tmp_path) == {"folder/file.txt": "old"}
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_a_new_folder_begins_empty_even_where_a_killed_process_of_that_number_left_one(tmp_path):
    left = tmp_path / f"{PARTIAL}{os.getpid()}-folder"
    left.mkdir()
    (left / "file.txt").write_text("half")
    with new_folder(tmp_path / "folder") as partial:
        assert not list(partial.iterdir())


def test_a_folder_that_cannot_take_its_place_gives_it_back(tmp_path, monkeypatch):
    old, new = tmp_path / "folder", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "file.txt").write_text(folder.name)
    rename = Path.rename

    def interrupted(self, target):
        if self == new:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_folder(new, old)
    assert content(tmp_path) == {"folder/file.txt": "folder", "new/file.txt": "new"}
    assert len(list(tmp_path.iterdir())) == 2


def test_a_sweep_deletes_what_killed_processes_left_of_this_path_and_nothing_else(tmp_path):
    kept = ["file", "other", "als-1", f"{PARTIAL}12-other", f"{PARTIAL}12-my-file", f"{PARTIAL}file", "12-file"]
    left = [f"{PARTIAL}12-file", f"{PARTIAL}old-12-file", f"{PARTIAL}7-file"]
    for name in kept + left[:2]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "content").touch()
    (tmp_path / left[2]).touch()
    sweep(tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)
    sweep(tmp_path / "no such folder" / "file")


def test_a_sweep_takes_a_name_literally(tmp_path):
    (tmp_path / f"{PARTIAL}1-ab").touch()
    sweep(tmp_path / "a*")
    sweep(tmp_path / "a.")
    sweep(tmp_path / "[a]b")
    assert (tmp_path / f"{PARTIAL}1-ab").exists()
    (tmp_path / f"{PARTIAL}1-[a]b").touch()
    sweep(tmp_path / "[a]b")
    assert [path.name for path in tmp_path.iterdir()] == [f"{PARTIAL}1-ab"]


def test_a_sweep_brings_back_a_folder_that_had_only_stepped_aside(tmp_path):
    (tmp_path / f"{PARTIAL}old-12-folder").mkdir()
    (tmp_path / f"{PARTIAL}old-12-folder" / "file.txt").write_text("old")
    sweep(tmp_path / "folder")
    assert content(tmp_path) == {"folder/file.txt": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.fixture
def calls(monkeypatch):
    """Names of what is flushed to the disk and of what is renamed, in order."""
    done, fsync = [], os.fsync
    replace, rename = Path.replace, Path.rename

    def flushed(handle):
        done.append(("flush", Path(f"/proc/self/fd/{handle}").readlink().name))
        fsync(handle)

    def renamed(how):
        return lambda path, target: (done.append(("rename", path.name)), how(path, target))[1]

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed(replace))
    monkeypatch.setattr(Path, "rename", renamed(rename))
    return done


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files have no names here")
def test_a_file_is_on_the_disk_before_it_is_renamed(tmp_path, calls):
    with new_file(tmp_path / "file.txt") as partial:
        partial.write_text("new")
    assert calls == [("flush", partial.name), ("rename", partial.name), ("flush", tmp_path.name)]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files have no names here")
def test_a_folder_and_all_in_it_is_on_the_disk_before_it_is_renamed(tmp_path, calls):
    with new_folder(tmp_path / "folder") as partial:
        (partial / "below").mkdir()
        (partial / "below" / "a").write_text("a")
        (partial / "b").write_text("b")
    before = calls[: calls.index(("rename", partial.name))]
    assert sorted(before) == [("flush", name) for name in sorted([partial.name, "a", "b", "below"])]
    assert calls[-1] == ("flush", tmp_path.name)


def test_a_new_file_sweeps_what_dead_processes_left_of_it(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (
        f"{PARTIAL}{dead.pid}-file.txt",
        f"{PARTIAL}{os.getppid()}-file.txt",
        f"{PARTIAL}{dead.pid}-other.txt",
    ):
        (tmp_path / name).write_text("half")
    with new_file(tmp_path / "file.txt") as partial:
        partial.write_text("new")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"file.txt", f"{PARTIAL}{os.getppid()}-file.txt", f"{PARTIAL}{dead.pid}-other.txt"}


def test_a_folder_that_appeared_meanwhile_is_kept_on_request(tmp_path):
    with new_folder(tmp_path / "folder", keep=True) as partial:
        (partial / "file.txt").write_text("late")
        with new_folder(tmp_path / "folder") as other:
            (other / "file.txt").write_text("first")
    assert (tmp_path / "folder" / "file.txt").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_files_that_another_machine_may_be_writing_are_left_alone(tmp_path):
    elsewhere = tmp_path / f"{PARTIAL}{2**22 + 1}x00000000-file.txt"
    elsewhere.touch()
    with new_file(tmp_path / "file.txt") as partial:
        partial.write_text("new")
    assert elsewhere.exists()
    sweep(tmp_path / "file.txt")
    assert not elsewhere.exists()
