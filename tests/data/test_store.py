"""A stored corpus is memory-mapped, not copied, and damage is reported."""

import errno
import os
import resource
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from harness.data import layout, manifest, store
from harness.data.stored_files import map_frame
from harness.errors import DataError
from harness.fingerprint import Fingerprint


def base(array):
    while not isinstance(array, np.memmap) and array.base is not None:
        array = array.base
    return array


def anonymous_kib():
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))


def test_a_written_corpus_is_opened(corpus, playlists):
    opened = store.open_corpus("small")
    assert opened.manifest == corpus.manifest
    assert layout.fingerprint(opened.playlists()) == corpus.fingerprint == layout.fingerprint(playlists)
    assert opened.playlists() is opened.playlists()
    assert store.corpora() == ["small"]


@pytest.mark.usefixtures("corpus")
def test_arrays_are_memory_maps():
    opened = store.open_corpus("small").playlists()
    catalog = opened.catalog
    for array in (opened.tracks.indptr, opened.tracks.values, catalog.artist_of, catalog.album_of, catalog.duration_ms):
        assert isinstance(base(array), np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_opening_copies_nothing(playlists):
    """Texts included: 19 MB of them take no anonymous memory."""
    texts = [f"{i:064d}" for i in range(300_000)]
    n_new = len(texts)
    catalog = type(playlists.catalog)(
        pl.DataFrame({"uri": texts, "name": [""] * n_new}),
        *(getattr(playlists.catalog, name) for name in ("artists", "albums")),
        *(np.full(n_new, -1, np.int32) for _ in range(2)),
        np.zeros(n_new, np.int32),
    )
    ids = type(playlists.tracks).from_rows([[5, 299_999]])
    store.write_corpus(type(playlists)(playlists.info[:1], ids, catalog), "texts", {"kind": "test"})
    del catalog, texts
    store.open_corpus("texts").playlists()
    before = anonymous_kib()
    opened = store.StoredCorpus(
        "texts", *(getattr(store.open_corpus("texts"), name) for name in ("folder", "manifest"))
    )
    again = opened.playlists()
    assert anonymous_kib() - before < 5_000
    assert again.catalog.tracks["uri"][299_999] == f"{299_999:064d}"


def test_the_fingerprint_is_of_contents_and_order(playlists):
    shown = layout.fingerprint(playlists)
    assert layout.fingerprint(playlists.take(np.arange(len(playlists)))) == shown
    assert layout.fingerprint(playlists.take(np.arange(len(playlists))[::-1])) != shown
    renamed = playlists.info.with_columns(name=pl.when(pl.col("pid") == 5).then(pl.lit("other")).otherwise("name"))
    assert layout.fingerprint(type(playlists)(renamed, playlists.tracks, playlists.catalog)) != shown


def test_an_unknown_name_gets_a_suggestion(corpus):
    with pytest.raises(DataError, match=r"^no corpus 'smal', did you mean 'small'\?; `harness data list` lists all"):
        store.open_corpus("smal")
    assert store.find_corpus("../corpora/small") is None
    assert corpus.name == "small"


@pytest.mark.parametrize("file", ["tracks.arrow", "entries.npy", "info.arrow", "indptr.npy"])
@pytest.mark.parametrize("damage", ["gone", "cut", "nonsense", "empty"])
def test_damage_is_reported_with_its_remedy(corpus, file, damage):
    path = corpus.folder / file
    if damage == "gone":
        path.unlink()
    else:
        data = path.read_bytes()
        path.write_bytes({"cut": data[: len(data) // 2], "nonsense": b"x" * len(data), "empty": b""}[damage])
    with pytest.raises(DataError) as caught:
        store.open_corpus("small").playlists()
    assert str(caught.value).startswith(f"corpus 'small' in {corpus.folder} is damaged (")
    assert str(caught.value).endswith("); delete that folder and make the corpus again")
    assert "\n" not in str(caught.value)


def test_what_the_system_refuses_is_not_called_damage(corpus, monkeypatch):
    opened = store.open_corpus(corpus.name)

    def raising(error):
        def refused(*_args, **_kwargs):
            raise error

        return refused

    with monkeypatch.context() as patched:
        patched.setattr(np, "memmap", raising(OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))))
        with pytest.raises(OSError, match=os.strerror(errno.ENOMEM)):
            opened.playlists()
    with monkeypatch.context() as patched:
        refusal = pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable")
        patched.setattr(pa.ipc, "open_file", raising(refusal))
        with pytest.raises(pa.ArrowException, match="worker thread"):
            map_frame(opened.folder / "info.arrow")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, hard))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            map_frame(opened.folder / "info.arrow")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(opened.playlists())


def test_a_damaged_manifest_is_reported(corpus):
    (corpus.folder / manifest.MANIFEST).write_text("{")
    with pytest.raises(DataError, match="is damaged"):
        store.open_corpus("small")


def test_a_corpus_of_another_format_is_not_opened(corpus):
    path = corpus.folder / manifest.MANIFEST
    path.write_text(path.read_text().replace('"format": 2', '"format": 1'))
    assert store.find_corpus("small") is None
    with pytest.raises(DataError, match=r"is damaged or was written by another version .*; make it again"):
        store.open_corpus("small")


def test_partial_folders_of_a_killed_process_are_deleted(corpus):
    folder = store.corpora_folder()
    (folder / ".partial-1-small").mkdir()
    (folder / ".partial-1-other-small").mkdir()
    store.tidy("small")
    assert sorted(path.name for path in folder.iterdir()) == [".partial-1-other-small", "small"]
    assert store.find_corpus("small").fingerprint == corpus.fingerprint


@pytest.mark.parametrize(
    "values",
    [
        ["añ", "🎧", "", None, "x\x00y"] * 9,
        [1, None, -5, 2**62],
        [True, None, False],
        [1.5, None],
        [],
        ["", ""],
        pl.Series([None, None], dtype=pl.String),
        pl.Series([], dtype=pl.String),
        pl.Series(["a", "bé", "c", "d"])[1:3],
        pl.concat([pl.Series(["a", "bé"]), pl.Series([None, "d"])], rechunk=False),
    ],
)
def test_a_column_is_fingerprinted_as_the_texts_of_its_values(values):
    column, added = pl.Series(values), Fingerprint()
    layout._add_texts(added, column)
    expected = Fingerprint().texts(None if value is None else str(value) for value in column.to_list())
    assert str(added) == str(expected)
