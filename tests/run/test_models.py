"""Models of finished runs: fitted again or loaded, never those of another run; their vectors in files and searches."""

import csv
import gzip
import io
import json
import shutil

import numpy as np
import pytest
from gensim.models import KeyedVectors

from harness import create
from harness.data import store
from harness.run.runs import read_record
from harness.task.tasks import task_again

SMALL = {
    "als": ("factors=8", "iterations=2"),
    "word2vec": ("vector_size=8", "epochs=2", "min_count=2"),
    "mean-variance": ("factors=8", "epochs=1"),
    "neumf": ("factors=8", "mlp_factors=4", "layers=[4]", "epochs=1"),
}


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def made(command, corpus, runs):
    """Makes a run of a recommender with small parameters; returns its folder."""

    def make(name, *params):
        words = [word for param in (*SMALL.get(name, ()), *params) for word in ("--param", param)]
        code, _, err = command("run", "--recommender", name, "--data", corpus.name, "--runs", runs, *words)
        assert code == 0, err
        (folder,) = runs.glob(f"{name}-*")
        return folder

    return make


RECOMMENDER = """
import numpy as np
import harness

@harness.recommender("mine")
class Mine:
    fault: str = ""
    def fit(self, train, challenge):
        self.vectors = np.eye(train.catalog.n_tracks, 4, dtype=np.float32) + 1
        self.order = np.argsort(-train.track_counts(), kind="stable").astype(np.int32)
    def recommend(self, challenge, k):
        order = np.tile(self.order[: k + 300], (len(challenge), 1))
        return harness.kit.without_seeds(order, np.zeros(order.shape, np.float32), challenge.seeds, k)
    def track_vectors(self):
        return self.vectors
    def save(self, folder):
        if self.fault == "save" and folder.parent.name == "models":
            (folder / "missing" / "vectors.npy").touch()
        np.savez(folder / "model.npz", vectors=self.vectors, order=self.order)
    def load(self, folder):
        if self.fault == "load":
            raise OSError("no")
        self.vectors, self.order = np.load(folder / "model.npz").values()
"""


@pytest.fixture
def mine(command, corpus, runs, tmp_path):
    """Makes a run of a recommender in a file, one of whose methods may fail; returns its folder."""

    def make(fault=""):
        (tmp_path / "mine.py").write_text(RECOMMENDER)
        words = ("--recommender", f"{tmp_path / 'mine.py'}:Mine", "--data", corpus.name, "--runs", runs)
        code, _, err = command("run", *words, "--param", f"fault={fault}")
        assert code == 0, err
        (folder,) = runs.glob("mine-*")
        return folder

    return make


def test_vectors_of_a_recommender_in_a_file_are_exported_and_searched(mine, command, runs, corpus, tmp_path):
    folder = mine()
    words = ("export", folder.name, "--vectors", "--output", tmp_path / "x", "--runs", runs)
    assert command(*words)[:2] == (0, "")
    track = store.open_corpus(corpus.name).playlists().catalog.tracks["uri"][0]
    code, _, err = command("similar", track, "--model", folder.name, "--runs", runs)
    assert code == 0, err
    assert f"model of {folder.name} loaded in " in err


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("save", "recommender 'mine' cannot save its model in {folder}: FileNotFoundError: [Errno 2] "),
        ("load", "recommender 'mine' cannot load its model from {folder}: OSError: no (mine.py, line 22)"),
    ],
)
def test_an_error_of_save_or_load_names_recommender_and_folder(mine, command, runs, tmp_path, home, fault, line):
    folder = mine(fault)
    for output in ("first", "second")[: 1 + (fault == "load")]:
        code, _, err = command("export", folder.name, "--vectors", "--output", tmp_path / output, "--runs", runs)
    assert code == 1
    assert err.splitlines()[-1].startswith(f"error: {line.format(folder=home / 'models' / folder.name)}")


@pytest.mark.parametrize("name", SMALL)
def test_exported_vectors_are_those_of_the_run_in_both_files(name, made, command, runs, tmp_path, home):
    folder = made(name)
    code, out, err = command("export", name, "--vectors", "--output", tmp_path / "x", "--runs", runs)
    assert (code, out) == (0, "")
    assert err.startswith(f"model of {folder.name} fitted again in ")
    record = read_record(folder)
    task = task_again(record.corpus, record.challenge)
    model = create(name, record.params)
    model.fit(task.train, task.challenge)
    expected = model.track_vectors()
    tracks = np.flatnonzero(expected.any(axis=1))
    assert len(tracks)
    assert (np.load(tmp_path / "x.npy") == expected[tracks]).all()
    read = KeyedVectors.load_word2vec_format(str(tmp_path / "x.txt"))
    assert read.index_to_key == task.train.catalog.tracks["uri"][tracks].to_list()
    assert (read.vectors == expected[tracks]).all()
    assert [path.name for path in (home / "models").iterdir()] == [folder.name]
    again = command("export", name, "--vectors", "--output", tmp_path / "y", "--runs", runs)
    assert again[2].startswith(f"model of {folder.name} loaded in ")
    assert (tmp_path / "y.txt").read_bytes() == (tmp_path / "x.txt").read_bytes()


def test_similar_by_a_model_ranks_by_the_cosine_of_its_vectors(made, command, corpus, runs, tmp_path):
    made("als")
    command("export", "als", "--vectors", "--output", tmp_path / "x", "--runs", runs)
    vectors = KeyedVectors.load_word2vec_format(str(tmp_path / "x.txt"))
    playlists = corpus.playlists()
    uri, name = playlists.catalog.tracks.row(int(np.argmax(playlists.track_counts())))
    arguments = ("similar", uri, "--model", "als", "--runs", runs, "--top", 5)
    rows = json.loads(command(*arguments, "--format", "json")[1])
    expected = vectors.most_similar(uri, topn=5)
    assert [row["similar_uri"] for row in rows] == [word for word, _ in expected]
    assert [row["cosine"] for row in rows] == pytest.approx([cosine for _, cosine in expected], abs=1e-5)
    assert "count" not in rows[0]
    shown = command(*arguments)[1].splitlines()
    assert shown[0].startswith(f"similar to {name} by als-")
    assert shown[1].split() == ["rank", "track", "artist", "cosine"]
    by_csv = list(csv.DictReader(io.StringIO(command(*arguments, "--format", "csv")[1])))
    assert [row["similar_uri"] for row in by_csv] == [row["similar_uri"] for row in rows]
    code, _, err = command("similar", "--all", *arguments[2:], "--output", tmp_path / "all.csv.gz")
    assert (code, err.splitlines()[-1]) == (0, f"{tmp_path / 'all.csv.gz'}: {5 * len(vectors):,} pairs of tracks")
    with gzip.open(tmp_path / "all.csv.gz", "rt", encoding="utf-8") as file:
        of_track = [row for row in csv.DictReader(file) if row["track_uri"] == uri]
    assert [row["similar_uri"] for row in of_track] == [row["similar_uri"] for row in rows]


def test_a_run_of_another_kind_or_with_a_random_model_is_refused(made, command, runs, tmp_path):
    export = ("--vectors", "--output", tmp_path / "x", "--runs", runs)
    folder = made("popularity")
    expected = f"error: run {folder.name} has no track vectors: popularity is not a factor model\n"
    assert command("export", "popularity", *export) == (1, "", expected)
    folder = made("word2vec", "workers=2")
    code, _, err = command("export", "word2vec", *export)
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith(f"error: the model of run {folder.name} is not stored, and a second fit ")
    assert not list(tmp_path.glob("x*"))
    assert command("export", "word2vec", *export[1:])[2].startswith(
        "error: pass --format trec for the lists, --vectors"
    )


def test_a_run_that_cannot_be_fitted_again_is_refused(made, command, runs, corpus, playlists, tmp_path):
    folder = made("als")
    arguments = ("similar", "x", "--model", "als", "--runs", runs)
    assert "is on corpus 'small', not 'other': leave out --data" in command(*arguments, "--data", "other")[2]
    record = folder / "run.json"
    content = record.read_text()
    track = playlists.catalog.tracks["uri"][0]
    record.write_text(content.replace(read_record(folder).source_hash, "0" * 32).replace(folder.name, "als-0"))
    folder = folder.rename(runs / "als-0")
    code, _, err = command("similar", track, *arguments[2:])
    assert (code, err) == (1, "error: run als-0 cannot be fitted again: the code changed; run it again\n")
    shutil.rmtree(corpus.folder)
    store.write_corpus(playlists.take(np.arange(590)), "small", {"kind": "test"})
    code, _, err = command("export", "als", "--vectors", "--output", tmp_path / "x", "--runs", runs)
    assert (code, err.count("\n")) == (1, 1)
    assert "corpus 'small' or its split has changed since this run" in err


def test_blanks_in_identifiers_do_not_break_the_text_file(made, command, runs, playlists, tmp_path):
    del made
    uris = [f"track {i}" for i in range(playlists.catalog.n_tracks)]
    tracks = playlists.catalog.tracks.with_columns(uri=np.array(uris))
    catalog = type(playlists.catalog)(
        tracks,
        *(getattr(playlists.catalog, name) for name in ("artists", "albums", "artist_of", "album_of", "duration_ms")),
    )
    store.write_corpus(type(playlists)(playlists.info, playlists.tracks, catalog), "blanks", {"kind": "test"})
    params = [word for param in SMALL["als"] for word in ("--param", param)]
    code, _, err = command("run", "--recommender", "als", "--data", "blanks", "--runs", runs, *params)
    assert code == 0, err
    export = ("export", "als", "--vectors", "--format", "trec", "--output", tmp_path / "x", "--runs", runs)
    assert command(*export)[0] == 0
    assert KeyedVectors.load_word2vec_format(str(tmp_path / "x.txt")).index_to_key[0].startswith("track%20")
    assert all(line.count(" ") == 5 for line in (tmp_path / "x.run").read_text().splitlines())
