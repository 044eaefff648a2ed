"""Stored holdouts are read unchanged; a damaged file is refused."""

import numpy as np
import polars as pl
import pytest
from pyarrow import parquet

from harness.errors import DataError
from harness.identities import Holdout
from harness.splits import stored
from harness.splits.challenge import ChallengeSplit


@pytest.fixture
def made(tiny):
    return ChallengeSplit(per_category=2, keep_repeats=True).cut(tiny, 3)


@pytest.fixture
def path(made, tmp_path):
    stored.save(made, tmp_path / "splits" / "tiny.parquet")
    return tmp_path / "splits" / "tiny.parquet"


def test_stored_draws_come_back_equal(made, path):
    read = stored.load(path)
    for field in ("split", "seed", "params", "omitted", "dropped"):
        assert getattr(read, field) == getattr(made, field)
    assert [read.fingerprint(holdout) for holdout in Holdout] == [made.fingerprint(holdout) for holdout in Holdout]
    for one, other in zip(read.both, made.both, strict=True):
        for field in ("rows", "categories"):
            assert getattr(one, field).tolist() == getattr(other, field).tolist()
            assert getattr(one, field).dtype == np.int64
        for field in ("seeds", "positions", "withheld"):
            assert getattr(one, field).indptr.tolist() == getattr(other, field).indptr.tolist()
            assert getattr(one, field).values.tolist() == getattr(other, field).values.tolist()


def test_draws_that_show_no_seed_at_all_come_back_equal(handmade, tmp_path):
    made = ChallengeSplit(per_category=1).cut(handmade([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]] * 3), 0)
    assert not len(made.validation.seeds.values)
    stored.save(made, tmp_path / "file.parquet")
    assert stored.load(tmp_path / "file.parquet").fingerprint(Holdout.validation) == made.fingerprint(
        Holdout.validation
    )


def test_without_a_file_there_are_no_holdouts(tmp_path):
    assert stored.load(tmp_path / "none.parquet") is None


def test_a_file_of_another_format_is_ignored(path, monkeypatch):
    monkeypatch.setattr(stored, "FORMAT", "0")
    assert stored.load(path) is None


def test_a_file_of_another_kind_is_ignored(tmp_path):
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "file.parquet")
    assert stored.load(tmp_path / "file.parquet") is None


def refusal(path):
    with pytest.raises(DataError) as caught:
        stored.load(path)
    return str(caught.value)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused_with_a_remedy(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refusal(path) == f"split {path} is damaged: delete it; it is made again when needed"


def test_a_file_that_is_no_parquet_is_refused(path):
    path.write_text("a text")
    assert "is damaged" in refusal(path)


def test_another_content_under_the_same_manifest_is_refused(path):
    manifest, frame = parquet.read_schema(path).metadata, pl.read_parquet(path)
    for changed in (
        frame.with_columns(pl.col("row") + 1),
        frame.with_columns(pl.col("category").reverse()),
        frame.with_columns(withheld=pl.col("seeds")),
        frame.head(-1),
        frame.head(0),
        frame.drop("positions"),
        frame.with_columns(pl.col("seeds").list.eval(pl.element() - 1_000)),
    ):
        parquet.write_table(changed.to_arrow().replace_schema_metadata(manifest), path)
        assert "is damaged" in refusal(path)


@pytest.mark.parametrize("key", ["params", "omitted", "dropped", "fingerprints"])
def test_a_manifest_that_lacks_a_part_or_cuts_it_off_is_refused(path, key):
    manifest, frame = parquet.read_schema(path).metadata, pl.read_parquet(path)
    name = key.encode()
    for changed in ({each: text for each, text in manifest.items() if each != name}, manifest | {name: b"{"}):
        parquet.write_table(frame.to_arrow().replace_schema_metadata(changed), path)
        assert "is damaged" in refusal(path)
