"""Charts of a study are files that a viewer opens, the same every time."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ParameterError
from harness.metrics.catalogue import metric_named
from harness.metrics.values import MetricValues
from harness.report.study_charts import (
    N_BATCHES,
    Figure,
    Measured,
    batch_means,
    box_summary,
    check_drawable,
    draw_batches,
    draw_boxes,
)

METRICS = ("course:match", "course:metric:share")
LEVELS = {"clusters": ["2", "10"], "share": ["0.25", "0.5"], "step": ["5", "7"]}


def values_of(shift):
    values = {"course:match": np.arange(20.0) + shift, "course:metric:share": np.linspace(0, 3, 20)}
    traits = {name: metric_named(name).traits for name in values}
    return MetricValues(np.arange(20), np.zeros(20, np.int64), values, traits)


def figure_of(params, parts=("validation",)):
    combinations = np.stack(np.meshgrid(*params.values()), -1).reshape(-1, len(params)).tolist()
    measured = [Measured(tuple(each), part, values_of(i)) for i, each in enumerate(combinations) for part in parts]
    return Figure(params, measured, METRICS)


@pytest.mark.parametrize("draw", [draw_boxes, draw_batches])
@pytest.mark.parametrize(
    ("n", "parts"),
    [
        (1, ("validation",)),
        (3, ("train", "validation", "test")),
        *(pytest.param(n, ("train", "validation", "test"), marks=pytest.mark.slow) for n in (1, 2)),
        *(pytest.param(n, ("validation",), marks=pytest.mark.slow) for n in (2, 3)),
    ],
)
def test_one_to_three_parameters_are_drawn_for_each_part(tmp_path, draw, n, parts):
    figure = figure_of(dict(list(LEVELS.items())[:n]), parts)
    files = draw(figure, tmp_path / "x.y")
    assert [path.name for path in files] == ["x.y.png", "x.y.svg"]
    assert files[0].read_bytes().startswith(b"\x89PNG")
    assert ET.parse(files[1]).getroot().tag.endswith("svg")
    drawn = files[1].read_text()
    assert all(part in drawn for part in parts)
    before = [path.read_bytes() for path in files]
    draw(figure, tmp_path / "x.y")
    assert [path.read_bytes() for path in files] == before


def test_the_parts_of_each_value_of_the_third_parameter_are_adjacent():
    figure = figure_of(LEVELS, ("train", "test"))
    assert figure.columns == ["step 5, train", "step 5, test", "step 7, train", "step 7, test"]
    assert figure_of({"clusters": ["2"]}, ("train", "test")).columns == ["train", "test"]


def test_values_beyond_the_whiskers_are_outliers():
    values = np.array([0.0, 1, 2, 3, 4, 10.1, -6.1])  # quartiles 0.5 and 3.5
    summary, outliers = box_summary(values)
    assert (summary["q1"], summary["median"], summary["q3"]) == (0.5, 2, 3.5)
    assert (summary["low"], summary["high"]) == (0, 4)
    assert sorted(outliers.tolist()) == [-6.1, 10.1]
    assert summary["mean"] == pytest.approx(sum(values) / 7)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40).map(np.array))
def test_every_value_is_within_the_whiskers_or_an_outlier(values):
    summary, outliers = box_summary(values)
    inside = (values >= summary["low"]) & (values <= summary["high"])
    assert np.count_nonzero(~inside) == len(outliers)
    assert summary["low"] <= summary["q1"] <= summary["median"] <= summary["q3"] <= summary["high"]


def test_batches_are_of_equal_size_in_the_order_of_the_pids():
    pids = np.arange(N_BATCHES * 3)[::-1].copy()
    assert batch_means(measured(pids.astype(float) * 2, pids).of("course:match")) == [
        2 * (3 * batch + 1) for batch in range(N_BATCHES)
    ]
    assert batch_means(measured(np.array([5.0, 7]), np.array([2, 1])).of("course:match")) == [7, 5]


def test_playlists_outside_a_group_are_in_no_batch():
    traits = {"theme:rock": metric_named("theme:rock").traits}
    values = MetricValues(np.arange(3), np.zeros(3, np.int64), {"theme:rock": np.array([np.nan, 0.5, np.nan])}, traits)
    assert batch_means(Measured(("1",), "test", values).of("theme:rock")) == [0.5]
    nobody = MetricValues(np.arange(3), np.zeros(3, np.int64), {"theme:rock": np.full(3, np.nan)}, traits)
    assert batch_means(Measured(("1",), "test", nobody).of("theme:rock")) == []


def measured(values, pids):
    traits = {"course:match": metric_named("course:match").traits}
    return Measured(("1",), "test", MetricValues(pids, np.zeros(len(pids), np.int64), {"course:match": values}, traits))


def test_outliers_are_drawn(tmp_path):
    values = np.array([*np.linspace(0, 1, 30), 50, 70])
    traits = {"course:match": metric_named("course:match").traits}
    one = MetricValues(np.arange(32), np.zeros(32, np.int64), {"course:match": values}, traits)
    svg = draw_boxes(Figure({"x": ["1"]}, [Measured(("1",), "test", one)], ["course:match"]), tmp_path / "x")[1]
    assert svg.read_text().count('aria-roledescription="point"') == len((50, 70)) + len(("mean",))


@pytest.mark.parametrize("n", [0, 4])
def test_more_than_a_page_has_room_for_is_refused(n):
    with pytest.raises(ParameterError, match="box plots show one to 3"):
        check_drawable({f"p{i}": ["1"] for i in range(n)})


def test_a_text_is_drawn_as_it_is_without_what_controls_a_viewer(tmp_path):
    figure = Figure({"p$": ["$\x1b[2J$"]}, [Measured(("$\x1b[2J$",), "test", values_of(0))], ["course:match"])
    for draw in (draw_boxes, draw_batches):
        svg = draw(figure, tmp_path / "x")[1]
        assert "u001b[2J" in svg.read_text()
        ET.parse(svg)
