"""A corpus is given by its name or by the path of its source."""

import shutil

import numpy as np
import pytest

from harness.data import store
from harness.data.mpd.writing import write_slices
from harness.errors import DataError
from harness.task import corpora


@pytest.fixture
def generated(monkeypatch, playlists):
    """Generating takes no time; the calls are kept."""
    calls = []

    def generate(n, seed):
        calls.append((n, seed))
        return playlists

    monkeypatch.setattr("harness.synthetic.generate", generate)
    return calls


def test_the_synthetic_corpus_is_made_once(generated):
    first, second = corpora.corpus("synthetic"), corpora.corpus("synthetic")
    assert first.manifest == second.manifest
    assert generated == [(10_000, 0)]


def test_the_synthetic_corpus_of_an_older_version_is_generated_again(generated, monkeypatch):
    old = corpora.corpus("synthetic")
    monkeypatch.setattr(corpora, "files_hash", lambda *_: "of an edited generator")
    assert corpora.corpus("synthetic").manifest.source != old.manifest.source
    assert len(generated) == 2


def test_a_corpus_that_a_user_called_synthetic_stays(playlists, generated):
    mine = store.write_corpus(playlists, "synthetic", {"kind": "mpd"})
    assert corpora.corpus("synthetic").manifest == mine.manifest
    assert generated == []


def test_another_synthetic_corpus_needs_another_name(generated):
    corpora.synthesise("x", 100, seed=1)
    with pytest.raises(DataError, match=r"^corpus 'x' is there already, made from something else: "):
        corpora.synthesise("x", 100, seed=2)
    corpora.synthesise("x", 100, seed=2, replace=True)
    assert generated == [(100, 1), (100, 2)]


def test_a_path_is_imported_under_its_own_name(tmp_path, playlists, monkeypatch):
    write_slices(playlists.take(np.arange(3)), tmp_path / "my mpd.v1")
    assert corpora.corpus(str(tmp_path / "my mpd.v1")).name == "my-mpd.v1"
    packed = shutil.make_archive(str(tmp_path / ".odd name"), "zip", tmp_path / "my mpd.v1")
    assert corpora.corpus(packed).name == "odd-name"
    monkeypatch.chdir(tmp_path / "my mpd.v1")
    assert corpora.corpus(".").name == "my-mpd.v1"


def test_a_name_comes_before_a_path(corpus, tmp_path, monkeypatch):
    (tmp_path / "small").mkdir()
    monkeypatch.chdir(tmp_path)
    assert corpora.corpus("small").manifest == corpus.manifest


def test_a_name_that_is_nothing(corpus):
    with pytest.raises(DataError, match=f"^no corpus '{corpus.name}s', did you mean 'small'"):
        corpora.corpus("smalls")
