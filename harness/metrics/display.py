"""Titles and rounding of metrics, as tables and charts show them."""

from __future__ import annotations

from harness.metrics.catalogue import metric

_TITLES = {"r_precision": "R-precision", "ndcg": "NDCG", "hit": "Hit"}


def digits(name: str, value: float) -> str:
    """A metric's value as people read it."""
    return f"{value:.2f}" if metric(name).family == "clicks" else f"{value:.4f}"


def metric_title(name: str) -> str:
    """How a metric is called in tables."""
    measure, at, k = name.partition("@")
    return f"{_TITLES.get(measure, measure)}{at}{k}"
