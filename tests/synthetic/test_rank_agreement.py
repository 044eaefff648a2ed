"""The benchmark that compares the order of recommenders on synthetic and on real corpora."""

import numpy as np
import pytest

from harness.types import Challenge, Split


@pytest.fixture(scope="module")
def benchmark(benchmark_named):
    return benchmark_named("rank_agreement")


@pytest.fixture(scope="module")
def cut(benchmark, corpus):
    return benchmark.cut_frequent(corpus, seed=0)


def rows_of(task):
    """The training row of each incomplete playlist."""
    return np.searchsorted(task.train.info["pid"].to_numpy(), task.challenge.pids - 1_000_000)


def test_there_are_at_least_24_configurations_and_none_twice(benchmark):
    assert len({repr(each) for each in benchmark.CONFIGURATIONS.values()}) == len(benchmark.CONFIGURATIONS) >= 24


def test_the_training_set_contains_the_seeds_and_no_withheld_track(cut):
    _, withheld = cut.judged
    shown = cut.train.tracks.take(rows_of(cut))
    assert np.array_equal(shown.values, cut.challenge.seeds.values)
    assert not np.isin(withheld.pairs, shown.pairs).any()


def test_one_entry_in_five_is_withheld(cut):
    _, withheld = cut.judged
    whole = withheld.lengths + cut.challenge.seeds.lengths
    assert whole.min() >= 10
    assert withheld.lengths.tolist() == (whole // 5).tolist()


def test_half_of_the_playlists_withhold_their_last_entries(benchmark, corpus, monkeypatch):
    monkeypatch.setattr(benchmark, "CUT_CHALLENGE", 200)
    task = benchmark.cut_frequent(corpus, seed=0)
    _, withheld = task.judged
    uris = task.challenge.catalog.tracks["uri"].to_list()
    places = dict(zip(corpus.catalog.tracks["uri"].to_list(), range(corpus.catalog.n_tracks), strict=True))
    last = []
    for i, pid in enumerate((task.challenge.pids - 1_000_000).tolist()):
        entries = corpus.tracks.row(pid).tolist()
        shown, hidden = (
            [entries.index(places[uris[t]]) for t in rows.row(i)] for rows in (task.challenge.seeds, withheld)
        )
        last.append(max(shown) < min(hidden))
    assert all(last[:100])
    assert sum(last[100:]) < 10


def test_a_cut_corpus_has_no_titles_and_only_tracks_that_occur(cut):
    assert set(cut.train.info["name"]) == {""}
    _, withheld = cut.judged
    occurring = np.union1d(cut.train.tracks.values, withheld.values)
    assert np.array_equal(occurring, np.arange(cut.train.catalog.n_tracks))


def test_longer_playlists_are_drawn_more_often(benchmark, corpus):
    drawn = benchmark.longer(corpus, 300, seed=0)
    assert len(drawn) == 300
    assert drawn.tracks.lengths.mean() > 1.2 * corpus.tracks.lengths.mean()


@pytest.mark.parametrize(("sign", "tau"), [(1, "1.000"), (-1, "-1.000")])
def test_tau_is_1_for_the_same_order_and_minus_1_for_the_opposite(benchmark, sign, tau):
    means = np.linspace(0.1, 0.3, len(benchmark.CONFIGURATIONS))
    real = np.tile(means[:, None], (1, 4))
    lines = benchmark.report("real", real, sign * real)
    assert f"Kendall's tau {tau} [{tau}, {tau}] over {len(means)} configurations; ceiling 1.000" in lines[2]
    assert lines[6].startswith(f"| {list(benchmark.CONFIGURATIONS)[-1]} | 0.3000 | 1 |")


def test_finished_configurations_are_read_from_the_cache(benchmark, cut, monkeypatch, tmp_path):
    some = {"popularity": ("popularity", {}), "cosine": ("item-knn", {"similarity": "cosine"})}
    monkeypatch.setattr(benchmark, "CONFIGURATIONS", some)
    values = benchmark.evaluate(cut, tmp_path)
    assert values.shape == (2, len(cut.challenge))
    assert values[1].mean() > values[0].mean()
    monkeypatch.setattr(benchmark, "ndcg", None)
    assert np.array_equal(benchmark.evaluate(cut, tmp_path), values)


def test_only_finished_configurations_are_compared_on_demand(benchmark, cut, monkeypatch, tmp_path):
    some = {"popularity": ("popularity", {}), "cosine": ("item-knn", {"similarity": "cosine"})}
    monkeypatch.setattr(benchmark, "CONFIGURATIONS", some)
    benchmark.evaluate(cut, tmp_path)
    monkeypatch.setattr(benchmark, "CONFIGURATIONS", some | {"bm25": ("item-knn", {"similarity": "bm25"})})
    values = benchmark.evaluate(cut, tmp_path, finished=True)
    assert np.isnan(values).all(axis=1).tolist() == [False, False, True]
    assert "over 2 configurations" in benchmark.report("real", values, values)[2]


def test_other_contents_have_another_fingerprint(benchmark, cut):
    assert benchmark.fingerprint(cut) != benchmark.fingerprint(benchmark.as_task(_reversed(cut)))


def _reversed(task):
    rows = np.arange(len(task.challenge))[::-1]
    withheld = task.judged[1].take(rows)
    return Split(
        task.train,
        Challenge(task.challenge.info[rows], task.challenge.seeds.take(rows), task.challenge.catalog),
        withheld,
    )
