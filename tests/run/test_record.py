"""The record of a run: complete when it is made, immutable, and described by a published JSON Schema."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.run.record import RunRecord, record_schema
from harness.task.tasks import open_task

SCHEMA = Path(__file__).parents[2] / "docs" / "run.schema.json"


@pytest.fixture
def record(corpus, tmp_path):
    return evaluate(open_task(corpus.name), "popularity", options=Options(tmp_path))


def test_the_published_schema_is_that_of_the_type():
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == record_schema(), "make schema writes it again"


def test_a_written_record_satisfies_the_schema(record, tmp_path):
    written = json.loads((tmp_path / record.run / "run.json").read_text(encoding="utf-8"))
    jsonschema.validate(written, record_schema())
    del written["corpus"]["fingerprint"]
    with pytest.raises(jsonschema.ValidationError, match="fingerprint"):
        jsonschema.validate(written, record_schema())


def test_a_record_cannot_be_changed(record):
    with pytest.raises(AttributeError):
        record.share_filled = 1.0


def test_a_cost_below_zero_is_no_record(record):
    plain = msgspec.to_builtins(record)
    plain["stages"]["fit"]["cpu_seconds"] = -1.0
    with pytest.raises(msgspec.ValidationError, match="a cost of stage 'fit' is out of range"):
        msgspec.convert(plain, RunRecord)


def test_costs_of_several_stages_are_summed_and_those_that_did_not_run_count_nothing(record):
    assert record.seconds("fit", "recommend") == pytest.approx(record.seconds("fit") + record.seconds("recommend"))
    assert record.seconds("nothing") == 0
    assert record.peak_memory_bytes("nothing") is None
