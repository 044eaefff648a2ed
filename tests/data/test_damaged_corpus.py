"""A damaged corpus gives one line that names the file; it is never used and never crashes the process."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.data import layout, manifest, store
from harness.errors import DataError

CASES = Path(__file__).parents[3] / "shared" / "cases" / "reliability"
FILES = ("tracks.arrow", "info.arrow", "entries.npy", "indptr.npy", "artist_of.npy")


def zeros(data):
    return data[: len(data) // 2] + bytes(64) + data[len(data) // 2 + 64 :]


def shuffled(data):
    entries = [data[start : start + 4] for start in range(len(data) - 400, len(data), 4)]
    random.Random(0).shuffle(entries)
    return data[:-400] + b"".join(entries)


def inserted(data):
    return data[: len(data) // 2] + bytes(range(16)) + data[len(data) // 2 :]


def deleted(data):
    return data[:200] + data[216:]


def cut(data):
    return data[: len(data) // 2]


def another_header(data):
    return data.replace(b"'<i4'", b"'<f4'").replace(b"'<i8'", b"'|O' ").replace(b"ARROW1", b"ARROW2")


DAMAGES = (zeros, shuffled, inserted, deleted, cut, another_header)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_gives_one_line_that_names_the_file(corpus, file, damage):
    path = corpus.folder / file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        store.open_corpus("small").playlists()
    assert str(caught.value).startswith(f"corpus 'small' in {corpus.folder} is damaged ({file} ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", [zeros, shuffled])
def test_damage_that_keeps_size_and_time_is_found_by_verify(corpus, damage):
    path = corpus.folder / "entries.npy"
    status = path.stat()
    data = path.read_bytes()
    path.write_bytes(damage(data))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(DataError, match=r"is damaged \(entries.npy does not hold the bytes that were written\)"):
        store.open_corpus("small").verify()
    path.write_bytes(data)
    assert store.open_corpus("small").verify() == sum(file.size for file in corpus.manifest.files.values())


def test_the_header_of_an_array_is_compared_even_if_size_and_time_are_unchanged(corpus):
    path = corpus.folder / "entries.npy"
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"'<i4'", b"'<f4'"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(DataError, match=r"is damaged \(entries.npy does not begin with the header"):
        store.open_corpus("small").playlists()


def test_every_file_of_a_corpus_has_a_digest(corpus):
    assert set(corpus.manifest.files) == {path.name for path in corpus.folder.iterdir()} - {manifest.MANIFEST}


def test_a_changed_record_is_damage(corpus):
    path = corpus.folder / manifest.MANIFEST
    other = corpus.fingerprint.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    path.write_text(path.read_text().replace(corpus.fingerprint, other))
    with pytest.raises(DataError, match=r"is damaged \(corpus.json was changed or is incomplete\)"):
        store.open_corpus("small")


def test_a_copied_corpus_is_verified_only_once(corpus, monkeypatch):
    for path in corpus.folder.iterdir():
        os.utime(path, ns=(0, 0))
    assert layout.fingerprint(store.open_corpus("small").playlists()) == corpus.fingerprint
    digests = []
    monkeypatch.setattr("harness.data.stored_files.file_digest", digests.append)
    store.open_corpus("small").playlists()
    assert digests == []


def test_a_corpus_that_was_replaced_after_it_was_opened_is_not_called_damaged(corpus, handmade):
    store.write_corpus(handmade([[0], [0, 1]]), "small", {"kind": "test"})
    with pytest.raises(DataError, match=r"^corpus 'small' was replaced meanwhile; run the same command again$"):
        corpus.playlists()


def test_features_are_replaced_atomically(corpus, monkeypatch):
    """A process that is killed between the new file and the new record leaves the corpus as it was."""
    audio = corpus.playlists().catalog.audio
    with monkeypatch.context() as patch:
        patch.setattr(manifest.Manifest, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.write_audio(corpus, audio.select("energy"))
    assert store.open_corpus("small").playlists().catalog.audio.equals(audio)
    joined = store.write_audio(corpus, audio.select("energy"))
    assert joined.playlists().catalog.audio.columns == ["energy"]
    assert len(list(corpus.folder.glob("audio*"))) == 1


def test_the_command_verifies_one_corpus_or_all(command, corpus, playlists):
    other = store.write_corpus(playlists, "other", {"kind": "test"})
    n_bytes = sum(file.size for file in corpus.manifest.files.values())
    assert command("data", "verify", "small") == (0, f"small: undamaged, {n_bytes:,} bytes compared\n", "")
    assert command("data", "verify")[1].count("undamaged") == 2
    for each in (corpus, other):
        path = each.folder / "tracks.arrow"
        path.write_bytes(zeros(path.read_bytes()))
    code, out, err = command("data", "verify")
    assert (code, out) == (1, "")
    assert [line.partition(" in ")[0] for line in err.splitlines()] == [
        "error: corpus 'other'",
        "error: corpus 'small'",
    ]
    assert err.count("is damaged (tracks.arrow does not hold the bytes that were written)") == 2


@pytest.mark.parametrize("line", [("data", "info", "small"), ("run", "--data", "small", "--recommender", "popularity")])
def test_no_command_uses_a_damaged_corpus(command, corpus, tmp_path, line):
    path = corpus.folder / "tracks.arrow"
    path.write_bytes(inserted(path.read_bytes()))
    runs = ("--runs", tmp_path) if line[0] == "run" else ()
    code, out, err = command(*line, *runs)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "is damaged" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not available")
@pytest.mark.parametrize("case", ["file_corpus_1_59.bin", "file_corpus_2_149.bin", "file_corpus_21_12.bin"])
@pytest.mark.parametrize("file", ["tracks.arrow", "indptr.npy", "info.arrow"])
def test_bytes_of_another_corpus_are_damage(corpus, case, file):
    (corpus.folder / file).write_bytes((CASES / case).read_bytes())
    with pytest.raises(DataError, match="is damaged"):
        store.open_corpus("small").playlists()


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not available")
def test_a_damaged_corpus_of_an_older_version_is_not_opened(command):
    shutil.copytree(CASES / "corpus_segv", store.corpora_folder() / "old")
    code, out, err = command("data", "info", "old")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "is damaged or was written by another version" in err


MUTATIONS = """
import os, random, sys
from harness.data import layout, manifest, store
from harness.errors import DataError

n, keep_times = int(sys.argv[1]), sys.argv[2] == "times"
folder, rng = store.corpora_folder() / "small", random.Random(2)
files = sorted(path for path in folder.iterdir() if not keep_times or path.name != manifest.MANIFEST)
for number in range(n):
    path = rng.choice(files)
    data, status = path.read_bytes(), path.stat()
    changed = bytearray(data)
    start = rng.choice([rng.randrange(len(data)), max(len(data) - 1 - rng.randrange(2_500), 0), rng.randrange(128)])
    size = rng.choice([1, 1, 8, 64])
    changed[start : start + size] = rng.choice([bytes, rng.randbytes])(min(size, len(data) - start))
    if not keep_times and rng.random() < 0.3:
        changed[start:start] = rng.randbytes(16)
    path.write_bytes(changed)
    if keep_times:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    try:
        playlists = store.open_corpus("small").playlists()
        for frame in (playlists.info, playlists.catalog.tracks, playlists.catalog.artists, playlists.catalog.albums):
            frame.to_dicts()
        assert keep_times or path.name == manifest.MANIFEST or bytes(changed) == data, f"{path.name} is used"
    except DataError as error:
        assert "is damaged" in str(error), error
    if keep_times and bytes(changed) != data:
        try:
            store.open_corpus("small").verify()
        except DataError:
            pass
        else:
            raise AssertionError(f"mutation {number} of {path.name} passes the check")
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
"""


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize("times", ["times", "no times"])
@pytest.mark.parametrize("n", [100, pytest.param(2_000, marks=pytest.mark.slow)])
def test_mutated_files_are_damage_or_harmless(n, times):
    """In a separate process, because mapping an invalid file kills the process."""
    done = subprocess.run(
        [sys.executable, "-c", MUTATIONS, str(n), times], capture_output=True, text=True, timeout=20 + n, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
