"""Fixture: entries with given means."""

import numpy as np
import pytest

from harness.identities import ChallengeKey, CorpusId
from harness.metrics.catalogue import metric_named
from harness.metrics.values import MetricValues
from harness.report.entry import Entry
from harness.report.leaderboard import leaderboards
from harness.report.page import as_html
from harness.report.page_parts import PageContents, SamplePlaylist


def _entry(run, means=None, *, params=None, data=("demo", "d0"), split=("challenge validation", "s0"), costs=True):
    """Scored as `means` says: a `MetricValues`, or metric -> its value in two playlists of category 1 and two of 10."""
    scores = means if isinstance(means, MetricValues) else None
    if means is not None and scores is None:
        values = {name: np.full(4, float(value)) for name, value in means.items()}
        traits = {name: metric_named(name).traits for name in means}
        scores = MetricValues(np.arange(4), np.array([1, 10, 10, 1]), values, traits)
    known = (1.25, 2.5, 3 * 1024**2) if costs else (None, None, None)
    return Entry(run, run.partition("-")[0], params or {}, CorpusId(*data), ChallengeKey(*split), scores, *known)


@pytest.fixture(scope="session")
def entry_of():
    """`(run, means, **more)` -> an entry."""
    return _entry


@pytest.fixture(scope="session")
def scores_of():
    """`(metric=values of the playlists, ...)` -> scores of playlists that are all of category 2."""

    def make(**values):
        n = len(next(iter(values.values())))
        traits = {name: metric_named(name).traits for name in values}
        return MetricValues(np.arange(n), np.full(n, 2), values, traits)

    return make


@pytest.fixture(scope="session")
def means_of():
    """`(r_precision, ndcg, clicks)` -> the three default means by name."""
    return lambda *values: dict(zip(("r_precision", "ndcg", "clicks"), values, strict=True))


HOSTILE = '<img src=x onerror="window.pwned=1"></script><script>window.pwned=1</script><!--&lt;"\'`\\'
"""A name that tries everything."""


TRAINING = {
    "layers": {HOSTILE: [20, 100], "bias": [7]},
    "epochs": [
        {"loss": 0.75, "accuracy": 0.5, "held_out_loss": 0.8125, "held_out_accuracy": 0.25},
        {"loss": 0.5, "accuracy": None, "held_out_loss": None, "held_out_accuracy": 0.125},
    ],
    "best_epoch": 1,
}
"""A training that ended at a loss that is not a number."""


def _record(run):
    return {
        "seed": 7,
        "started": "2026-11-26T02:20:51+00:00",
        "machine": {"cores": 2, "memory_bytes": 8 * 1024**3, "cpu": "Abacus", "system": "Linux", "python": "3.13.0"},
        "key": run.rpartition("-")[2],
        "deterministic": True,
        "audit": ["nothing leaked"],
        "share_filled": 0.125,
        "corpus": {"name": "demo", "fingerprint": "d0"},
        "challenge": {"type": "local", "split": "challenge", "holdout": "validation"},
        "n_playlists": 4,
        "n_unknown_seeds": 0,
        "submission": {"form": "aicrowd", "team": HOSTILE},
        "definitions": {"ndcg": "start-kit"},
        "source_hash": "c0ffee",
        "versions": {"python": "3.13.0"},
        "stages": {"fit": {"wall_seconds": 1.5, "cpu_seconds": 3.0, "peak_memory_bytes": 7 * 1024**2}},
        "learnt": {"importance": {"second feature": 1.0, "first feature": 4.0}},
        "training": TRAINING if run.startswith("als") else None,
    }


def _contents(runs, *, n_playlists=4, n_places=500, title="a title", name="a track"):
    """Playlists 0, 1, ...: two seeds, two withheld; every list begins with the first and ends with the second."""
    tracks, playlists = {}, []
    for pid in range(n_playlists):
        seeds, hidden = (tuple(f"spotify:track:{pid}-{kind}{i}" for i in range(2)) for kind in "sw")
        tracks |= dict.fromkeys((*seeds, *hidden), (name, f"artist of {name}"))
        lists = {}
        for run in runs:
            misses = tuple(f"spotify:track:{pid}-{run}-{i}" for i in range(n_places - 2))
            tracks |= {uri: (f"{name} {uri[-12:]}", f"artist of {name}") for uri in misses}
            lists[run] = (hidden[0], *misses, hidden[1])
        shown = f"{title} {pid}" if pid % 2 else None
        playlists.append(SamplePlaylist(pid, shown, 1, seeds, hidden, lists))
    return PageContents({run: _record(run) for run in runs}, tuple(playlists), tracks)


@pytest.fixture(scope="session")
def contents_of():
    """`(runs, **more)` -> records and playlists of these runs."""
    return _contents


@pytest.fixture(scope="session")
def hostile():
    return HOSTILE


@pytest.fixture(scope="session")
def page(scores_of):
    """A page of three runs on forty playlists; every name on it that a user can choose tries to be markup."""
    rng = np.random.default_rng(1)
    noise = rng.uniform(0, 0.2, 40)
    found = []
    for run, mean, seconds in (("als-1", 0.5, 9.0), ("title-2", 0.3, 2.0), (f"{HOSTILE}-3", 0.1, 20.0)):
        values = {"r_precision": noise + mean, "ndcg": noise + mean, "clicks": np.floor(50 * (noise + 0.6 - mean))}
        params = {"factors": 64, "note": HOSTILE}
        data, split = CorpusId(HOSTILE, "d0"), ChallengeKey(HOSTILE, "s0")
        costs = (seconds / 2, seconds / 2, int(seconds) * 1024**2)
        found.append(Entry(run, run.partition("-")[0], params, data, split, scores_of(**values), *costs))
    leaderboard = leaderboards(found)
    return as_html(leaderboard, [_contents([entry.run for entry in found], title=HOSTILE, name=HOSTILE)])
