"""Fixtures of many tests: a small corpus, a split of it, and a data folder per test."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import settings

from harness.data import store
from harness.identities import Holdout
from harness.ragged import Ragged
from harness.run.own_process import UnavailableError
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import Model, generate
from harness.types import Catalog, Challenge, Playlists

settings.register_profile("untimed", deadline=None)  # the first example compiles kernels; a busy machine is slow
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def playlists():
    """600 playlists over a catalog of some thousand tracks; nobody may change them."""
    return generate(600, seed=0, model=Model.small())


@pytest.fixture(scope="session")
def split(playlists):
    """The first of the two challenges drawn from `playlists`."""
    return ChallengeSplit().cut(playlists, 0).split_of(playlists, Holdout.validation)


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A data folder of the test's own: nothing of the user's is read or written."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HARNESS_DATA", str(folder))
    return folder


@pytest.fixture(autouse=True)
def calling_process(request, monkeypatch):
    """Runs are made in the test's process, which starts sooner, unless the test is marked `own_process`."""
    if not request.node.get_closest_marker("own_process"):

        def refused(*_):
            raise UnavailableError("the test asks for the calling process")

        monkeypatch.setattr("harness.run.pipeline.make_lists_apart", refused)


@pytest.fixture
def corpus(home, playlists):  # noqa: ARG001 - the corpus is kept in that folder
    """`playlists`, stored under the name `small`."""
    return store.write_corpus(playlists, "small", {"kind": "test"})


@pytest.fixture(scope="session")
def handmade():
    """Playlists from lists of track ids, by hand: pids from 100 on, one artist and album, energy that rises."""
    return playlists_of


@pytest.fixture(scope="session")
def challenge_with():
    """A challenge from lists of seeds, by hand: pids from 1,000,000 on, over the catalog of `train`."""
    return challenge_of


def playlists_of(rows, names=None):
    n_tracks = max((track for row in rows for track in row), default=-1) + 1
    tracks = pl.DataFrame({"uri": [f"spotify:track:{i:022d}" for i in range(n_tracks)], "name": ["x"] * n_tracks})
    one = pl.DataFrame({"uri": ["spotify:artist:0"], "name": ["x"]})
    zeros = np.zeros(n_tracks, np.int32)
    pids = range(100, 100 + len(rows))
    names = [f"title {pid}" for pid in pids] if names is None else names
    info = pl.DataFrame({"pid": pids, "name": names}, schema={"pid": pl.Int64, "name": pl.String})
    audio = pl.DataFrame({"energy": pl.Series(np.arange(n_tracks) / max(n_tracks, 1), dtype=pl.Float32)})
    return Playlists(info, Ragged.from_rows(rows), Catalog(tracks, one, one, zeros, zeros, zeros, audio))


def challenge_of(train, seeds, names=None):
    n = len(seeds)
    info = pl.DataFrame(
        {
            "pid": range(1_000_000, 1_000_000 + n),
            "name": [None] * n if names is None else names,
            "num_holdouts": [1] * n,
            "category": [0] * n,
        },
        schema={"pid": pl.Int64, "name": pl.String, "num_holdouts": pl.Int64, "category": pl.Int64},
    )
    return Challenge(info, Ragged.from_rows(seeds), train.catalog)


@pytest.fixture(scope="session")
def benchmark_named():
    """Imports a script of `benchmarks` by its name, as the scripts import each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
        yield importlib.import_module


@pytest.fixture
def command(monkeypatch, capsys):
    """Runs a command line in this process: `command("run", "--data", "small")` -> exit code, stdout, stderr."""
    from harness.cli.main import main

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["harness", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return stop.value.code or 0, out, err

    return run
