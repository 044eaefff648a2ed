import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DataError
from harness.metrics.catalogue import default_metrics, metric_named, metrics_named
from harness.metrics.values import MetricValues, measure_lists
from harness.ragged import Ragged

CHOSEN = metrics_named("ndcg:rules,r_precision,hit@10")


def measured_of(values=(0.1, 0.2, 0.4), categories=(1, 10, 1)):
    n = len(values)
    return MetricValues(
        np.arange(n) + 1_000_000,
        np.array(categories),
        {"ndcg:log2i": np.array(values), "clicks": np.arange(float(n))},
        {name: metric_named(name).traits for name in ("ndcg:log2i", "clicks")},
    )


def test_a_missing_playlist_measured_the_worst_value(challenge_of):
    tracks = np.array([[1, 2], [-1, -1]], np.int32)
    measured = measure_lists(tracks, challenge_of([0, 1, 2], 2), Ragged.from_rows([[1], [1]]), default_metrics())
    assert {name: values.tolist() for name, values in measured.values.items()} == {
        "r_precision": [1, 0],
        "ndcg": [1, 0],
        "clicks": [0, 51],
    }
    assert measured.overall("clicks") == (0 + 51) / 2


def test_the_worst_value_is_the_metrics_own_word(challenge_of):
    import dataclasses

    harsh = dataclasses.replace(default_metrics()[0], worst=-7.0)
    measured = measure_lists(np.full((1, 3), -1, np.int32), challenge_of([0], 1), Ragged.from_rows([[0]]), [harsh])
    assert measured.overall("r_precision") == -7


def test_every_number_carries_its_definition(challenge_of):
    measured = measure_lists(np.array([[0]], np.int32), challenge_of([0], 1), Ragged.from_rows([[0]]), CHOSEN)
    assert measured.definitions == {"ndcg:rules": "rules", "r_precision": "final", "hit@10": "any"}
    assert list(measured.values) == list(measured.definitions)


def test_tracks_beyond_the_training_catalog_can_be_withheld(challenge_of):
    chosen = [metric_named("r_precision_tracks")]
    measured = measure_lists(
        np.array([[0, 1]], np.int32), challenge_of([0, 1, 2], 1), Ragged.from_rows([[0, 2]]), chosen
    )
    assert measured.overall("r_precision_tracks") == 1 / 2


def test_means_are_plain_over_all_and_over_each_category():
    measured = measured_of((0.1, 0.2, 0.4), (1, 10, 1))
    assert measured.overall("ndcg:log2i") == pytest.approx((0.1 + 0.2 + 0.4) / 3, abs=1e-16)
    assert measured.by_category("ndcg:log2i") == {1: (0.1 + 0.4) / 2, 10: 0.2}


@given(values=st.lists(st.floats(0, 51), min_size=1), data=st.data())
def test_a_mean_does_not_depend_on_the_order_of_the_playlists(values, data):
    shuffled = data.draw(st.permutations(values))
    n = len(values)
    assert measured_of(values, [1] * n).overall("ndcg:log2i") == measured_of(shuffled, [1] * n).overall("ndcg:log2i")


def test_saved_measured_read_back_the_same(tmp_path):
    saved = measured_of()
    saved.save(tmp_path / "values.parquet")
    read = MetricValues.load(tmp_path / "values.parquet")
    assert read.traits == saved.traits
    assert list(read.traits) == list(saved.traits)
    assert list(read.values) == list(saved.values)
    for one, other in zip(
        (read.pids, read.categories, *read.values.values()),
        (saved.pids, saved.categories, *saved.values.values()),
        strict=True,
    ):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


_SAVE = """
import sys
from pathlib import Path
import numpy as np
from harness.metrics.catalogue import metrics_named
from harness.metrics.values import MetricValues
values = np.random.default_rng(1).random(20_000)
MetricValues(np.arange(20_000), np.arange(20_000) % 11, {"ndcg": values, "clicks": values},
    {each.name: each.traits for each in metrics_named("ndcg,clicks")}
).save(Path(sys.argv[1]))
"""


def test_the_file_has_the_same_bytes_with_any_number_of_threads(tmp_path):
    files = []
    for threads in ("1", "2", "2"):
        files.append(tmp_path / f"{len(files)}.parquet")
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "POLARS_MAX_THREADS": threads}
        subprocess.run([sys.executable, "-c", _SAVE, str(files[-1])], env=environment, check=True)
    assert len({file.read_bytes() for file in files}) == 1


def test_nothing_is_left_beside_the_file(tmp_path):
    measured_of().save(tmp_path / "values.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["values.parquet"]


def test_missing_measured_are_named(tmp_path):
    path = tmp_path / "values.parquet"
    with pytest.raises(DataError) as caught:
        MetricValues.load(path)
    assert str(caught.value) == f"no values {path}: delete its folder and run again"


def test_a_damaged_file_is_never_read_as_other_measured(tmp_path):
    path = tmp_path / "values.parquet"
    saved = measured_of()
    saved.save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    damages = [whole[:cut] for cut in range(0, len(whole), 37)]
    damages += [
        whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :]
        for place, bit in zip(rng.integers(0, len(whole), 1000), rng.integers(0, 8, 1000), strict=True)
    ]
    refusals = []
    for damage in damages:
        path.write_bytes(damage)
        try:
            assert MetricValues.load(path)._fingerprint() == saved._fingerprint()
        except DataError as error:
            refusals.append(str(error))
    assert set(refusals) == {f"{path} is damaged: delete its folder and run again"}
    assert len(refusals) > len(damages) / 4


def test_memory_that_runs_out_is_not_called_damage(tmp_path, monkeypatch):
    from pyarrow import parquet

    def full(*_args):
        raise MemoryError

    path = tmp_path / "values.parquet"
    saved = MetricValues(np.array([1]), np.array([0]), {}, {})
    saved.save(path)
    monkeypatch.setattr(parquet, "ParquetFile", full)
    with pytest.raises(MemoryError):
        MetricValues.load(path)


def test_a_parquet_file_of_something_else_is_refused(tmp_path):
    import polars as pl

    path = tmp_path / "values.parquet"
    pl.DataFrame({"pid": [1], "category": [1]}).write_parquet(path)
    with pytest.raises(DataError, match="is damaged"):
        MetricValues.load(path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"pids": np.arange(0)}, "there is no playlist to measure"),
        ({"categories": np.array([1])}, "categories must have one number for each of 3 playlists"),
        ({"values": {"ndcg": np.array([0.1, np.nan, 0])}}, "ndcg must have one number for each of 3 playlists"),
        ({"traits": {}}, "every metric needs its traits, in the same order"),
    ],
)
def test_values_that_do_not_agree_cannot_be_built(changed, message):
    fields = {
        "pids": np.arange(3),
        "categories": np.array([1, 1, 2]),
        "values": {"ndcg": np.zeros(3)},
        "traits": {"ndcg": metric_named("ndcg").traits},
    }
    with pytest.raises(DataError) as caught:
        MetricValues(**{**fields, **changed})
    assert str(caught.value) == message
