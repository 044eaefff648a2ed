"""`harness list` and `harness metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.metrics.metric import MetricTraits


def list_recommenders(
    name: Annotated[str | None, typer.Argument(help="Show this recommender's hyper-parameters.")] = None,
) -> None:
    """Name all recommenders; with a name, describe that one and its hyper-parameters."""
    from harness import registry

    if name is None:
        known = registry.names()
        width = max(map(len, known), default=0)
        for each, origin in known.items():
            typer.echo(f"{each:<{width}}  {origin}")
        return
    import inspect
    import json

    cls = registry.find(name)
    typer.echo(f"{registry.registered_name(cls)}\n\n{inspect.getdoc(cls) or ''}\n\nHyper-parameters:")
    for parameter in registry.parameters(cls):
        default = json.dumps(parameter.default, default=str)
        description = " ".join(parameter.description.split())
        typer.echo(f"  {parameter.name}: {parameter.type} = {default}\n      {description}")
    if not registry.parameters(cls):
        typer.echo("  none")


def list_metrics(
    name: Annotated[str | None, typer.Argument(help="Describe this metric: formula, example, source.")] = None,
) -> None:
    """List all metrics with definition, direction and needs; with a name, describe that one."""
    from harness.errors import HarnessError
    from harness.metrics.catalogue import loaded_metrics, metric_named, registered_metrics
    from harness.plugins import distribution

    if name is not None:
        loaded = loaded_metrics().get(name) if name in registered_metrics() else metric_named(name)
        if isinstance(loaded, HarnessError):
            raise loaded
        assert loaded
        traits = (("definition", loaded.definition), ("better", _direction(loaded)), ("title", loaded.title))
        lines = [
            f"{label:<12}{value}" for label, value in (*traits, ("needs", ", ".join(loaded.needs) or "lists only"))
        ]
        typer.echo("\n".join([loaded.name, "", loaded.description, "", *lines]))
        return
    rows = [("metric", "definition", "better", "needs", "from")]
    broken = []
    for each, metric in loaded_metrics().items():
        if isinstance(metric, HarnessError):
            broken.append(f"error: {metric}")
            continue
        origin = distribution(registered_metrics()[each])
        rows.append((each, metric.definition, _direction(metric), ", ".join(metric.needs) or "-", origin))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    for line in broken:
        typer.echo(line, err=True)


def _direction(metric: MetricTraits) -> str:
    if metric.informative:
        return "informative"
    return "higher" if metric.higher_is_better else "lower"
