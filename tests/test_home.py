"""The user's data folder and its locks."""

import threading
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from harness.home import VARIABLE, data_home, only_one


def test_the_variable_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "not there yet"))
    assert data_home() == tmp_path / "not there yet"
    monkeypatch.setenv(VARIABLE, "~/corpora")
    assert data_home() == Path.home() / "corpora"


@pytest.mark.parametrize("named", [None, ""])
def test_without_the_variable_the_systems_folder_is_taken(monkeypatch, named):
    monkeypatch.delenv(VARIABLE) if named is None else monkeypatch.setenv(VARIABLE, named)
    assert data_home().is_absolute()
    assert "playlist-harness" in data_home().parts


def test_only_one_at_a_time_works_on_a_path(tmp_path):
    order = []
    inside = threading.Event()

    def second():
        inside.wait()
        with only_one(tmp_path / "corpus"):
            order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()
    with only_one(tmp_path / "corpus"):
        inside.set()
        waiting.join(0.2)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_the_lock_lies_apart_and_other_paths_are_free(tmp_path, home):
    with only_one(tmp_path / "corpus"):
        assert not list(tmp_path.iterdir())
        (lock,) = (home / "locks").iterdir()
        with pytest.raises(Timeout):
            FileLock(lock, is_singleton=False).acquire(timeout=0.05)
        with only_one(tmp_path / "another"):
            pass


def test_a_path_is_one_path_however_it_is_written(tmp_path, home, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for written in (Path("corpus"), tmp_path / "corpus", tmp_path / "x" / ".." / "corpus"):
        with only_one(written):
            pass
    assert len(list((home / "locks").iterdir())) == 1


def test_an_error_gives_the_lock_back(tmp_path):
    with pytest.raises(KeyboardInterrupt), only_one(tmp_path / "corpus"):
        raise KeyboardInterrupt
    with only_one(tmp_path / "corpus"):
        pass
