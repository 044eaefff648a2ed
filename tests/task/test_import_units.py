"""Slices parsed by units: the corpus is that of an ordinary import; faults are named."""

import pytest

from harness.data import store
from harness.data.importing import import_corpus
from harness.data.mpd.importing import parts_folder
from harness.data.mpd.writing import write_slices
from harness.engines.engine import UnitsFailedError
from harness.engines.local import LocalEngine
from harness.engines.shards import Shard, perform_share
from harness.errors import ParameterError
from harness.task.import_units import parse_units


@pytest.fixture
def slices(playlists, tmp_path, monkeypatch):
    monkeypatch.setattr("harness.data.mpd.writing.PER_SLICE", 100)
    folder = tmp_path / "mpd"
    write_slices(playlists, folder)
    return folder


def test_units_in_any_order_and_an_import_give_the_ordinary_corpus(slices):
    plain = import_corpus(slices, "plain")
    units = parse_units(slices, "divided")
    assert len(units) > 1
    for number in (2, 1):
        perform_share(units, Shard(number, 2), "slices")
    parsed = sorted(parts_folder("divided").glob("*.parsed"))
    assert len(parsed) == len(units)
    divided = import_corpus(slices, "divided")
    assert divided.fingerprint == plain.fingerprint
    assert divided.manifest.notes == plain.manifest.notes
    assert not parts_folder("divided").exists()


def test_an_engine_parses_and_a_fault_names_the_slice(slices):
    units = parse_units(slices, "divided")
    broken = next(slices.glob("*.json"), None) or next(slices.rglob("*.json"))
    broken.write_text(broken.read_text()[:-100])
    with pytest.raises(UnitsFailedError, match=broken.name):
        LocalEngine(workers=1).perform(parse_units(slices, "divided"), "slices")
    assert store.find_corpus("divided") is None
    assert len(units) > 1


def test_what_was_parsed_from_an_older_file_is_not_used(slices):
    old = parse_units(slices, "divided")
    perform_share(old, Shard(1, 1), "slices")
    changed = next(slices.rglob("*.json"))
    changed.write_text(changed.read_text().replace('"num_followers": 1,', '"num_followers": 2,'))
    for sums in slices.rglob("md5sums"):
        sums.unlink()
    assert import_corpus(slices, "divided").fingerprint == import_corpus(slices, "plain").fingerprint


def test_a_table_is_not_divided(tmp_path):
    (tmp_path / "table.csv").write_text("playlist,track\n1,a\n")
    with pytest.raises(ParameterError, match="import it without one"):
        parse_units(tmp_path / "table.csv", "table")
