"""Box plots are files that a viewer opens, and equal each time."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from harness.errors import ParameterError
from harness.metrics.catalogue import metric_named
from harness.metrics.values import MetricValues
from harness.report.boxes import check_drawable, draw_boxes


def scores(shift):
    values = {"course:match": np.arange(20.0) + shift, "course:metric:share": np.linspace(0, 3, 20)}
    return MetricValues(
        np.arange(20), np.zeros(20, np.int64), values, {name: metric_named(name).traits for name in values}
    )


@pytest.mark.parametrize("n", [1, 2, 3])
def test_one_to_three_parameters_are_drawn(tmp_path, n):
    values = dict(list({"clusters": ["2", "10"], "share": ["0.25", "0.5"], "step": ["5", "7"]}.items())[:n])
    keys = [tuple(f"{value}" for value in key) for key in np.stack(np.meshgrid(*values.values()), -1).reshape(-1, n)]
    files = draw_boxes(
        values,
        {key: scores(i) for i, key in enumerate(keys)},
        ["course:match", "course:metric:share"],
        tmp_path / "x.y",
    )
    assert [path.name for path in files] == ["x.y.png", "x.y.svg"]
    assert files[0].read_bytes().startswith(b"\x89PNG")
    assert ET.parse(files[1]).getroot().tag.endswith("svg")
    before = [path.read_bytes() for path in files]
    draw_boxes(
        values,
        {key: scores(i) for i, key in enumerate(keys)},
        ["course:match", "course:metric:share"],
        tmp_path / "x.y",
    )
    assert [path.read_bytes() for path in files] == before


@pytest.mark.parametrize("n", [0, 4])
def test_more_than_a_page_has_room_for_is_refused(n):
    with pytest.raises(ParameterError, match="box plots show one to 3"):
        check_drawable({f"p{i}": ["1"] for i in range(n)})


def test_a_text_is_drawn_as_it_is_without_what_controls_a_viewer(tmp_path):
    svg = draw_boxes({"p$": ["$\x1b[2J$"]}, {("$\x1b[2J$",): scores(0)}, ["course:match"], tmp_path / "x")[1]
    assert "u001b[2J" in svg.read_text()
    ET.parse(svg)
