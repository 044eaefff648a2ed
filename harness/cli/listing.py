"""Commands `harness list` and `harness metrics`: registered plug-ins of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.plugins import KindName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.metrics.metric import MetricTraits
    from harness.plugin_parameters import Parameter
    from harness.plugins import Kind


def list_plugins(
    name: Annotated[str | None, typer.Argument(help="Describe this plug-in and its parameters.")] = None,
    kind: Annotated[KindName, typer.Option(help="Kind of plug-in.")] = KindName.RECOMMENDER,
) -> None:
    """List all recommenders, or all plug-ins of another kind; with a name, describe that one."""
    show = {
        KindName.RECOMMENDER: _list_recommenders,
        KindName.SPLIT: _list_splits,
        KindName.METRIC: list_metrics,
        KindName.READER: _list_readers,
        KindName.ENGINE: _list_engines,
    }
    show[kind](name)


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
        needs = ("needs", ", ".join(loaded.needs) or "lists only")
        typer.echo("\n".join([loaded.name, "", loaded.description, "", *_labelled((*traits, needs))]))
        return
    rows = [("metric", "definition", "better", "needs", "from")]
    broken = []
    for metric_name, metric in loaded_metrics().items():
        if isinstance(metric, HarnessError):
            broken.append(f"error: {metric}")
            continue
        origin = distribution(registered_metrics()[metric_name])
        rows.append((metric_name, metric.definition, _direction(metric), ", ".join(metric.needs) or "-", origin))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    for line in broken:
        typer.echo(line, err=True)


def _list_recommenders(name: str | None) -> None:
    from harness import plugin_parameters, plugins

    if cls := _described(plugins.RECOMMENDER, name):
        _echo_parameters("Hyper-parameters", plugin_parameters.parameters(cls))


def _list_splits(name: str | None) -> None:
    from harness import plugin_parameters, plugins

    if cls := _described(plugins.SPLIT, name):
        traits = plugins.traits_of(cls, plugins.SPLIT)
        beginnings = "yes" if traits.train_keeps_beginnings else "no"
        rows = (("default metrics", ", ".join(traits.metrics)), ("beginnings of held-out playlists train", beginnings))
        typer.echo("\n".join(_labelled(rows)) + "\n")
        _echo_parameters("Parameters", plugin_parameters.parameters(cls))


def _list_readers(name: str | None) -> None:
    from harness import plugins

    if cls := _described(plugins.READER, name):
        typer.echo("\n".join(_labelled((("layout", plugins.traits_of(cls, plugins.READER).layout),))))


def _list_engines(name: str | None) -> None:
    from harness import plugin_parameters, plugins

    if cls := _described(plugins.ENGINE, name):
        _echo_parameters("Options", plugin_parameters.parameters(cls))


def _described(kind: Kind, name: str | None) -> Any:
    """Print name and docstring of a plug-in, and return it; without a name print those of all, and return None."""
    from harness import plugins

    if name is None:
        _echo_names(plugins.names(kind), plugins.summaries(kind))
        return None
    plugin = plugins.find(kind, name)
    _echo_description(plugins.traits_of(plugin, kind).name, plugin)
    return plugin


def _echo_names(origin_of: dict[str, str], summary_of: dict[str, str]) -> None:
    """Print each name with its one-line description, and with its distribution if it is another than ours."""
    import shutil
    import sys
    import textwrap

    from harness.installation import DISTRIBUTION
    from harness.printable import printable

    width = max(map(len, origin_of), default=0) + 2
    screen = max(shutil.get_terminal_size().columns, 2 * width) if sys.stdout.isatty() else sys.maxsize
    for name, origin in origin_of.items():
        guest = "" if origin == DISTRIBUTION else f" [{origin}]"
        line = f"{name:<{width}}{printable(summary_of[name])}{guest}".rstrip()
        typer.echo(textwrap.fill(line, screen, subsequent_indent=" " * width, break_on_hyphens=False))


def _echo_description(name: str, plugin: object) -> None:
    import inspect

    typer.echo(f"{name}\n\n{inspect.getdoc(plugin) or ''}\n")


def _echo_parameters(heading: str, parameters: Iterable[Parameter]) -> None:
    import json

    lines = []
    for parameter in parameters:
        default = json.dumps(parameter.default, default=str)
        description = " ".join(parameter.description.split())
        lines.append(f"  {parameter.name}: {parameter.type} = {default}\n      {description}")
    typer.echo("\n".join([f"{heading}:", *(lines or ["  none"])]))


def _labelled(rows: Iterable[tuple[str, str]]) -> list[str]:
    rows = list(rows)
    width = max(12, *(len(label) + 2 for label, _ in rows))
    return [f"{label:<{width}}{value}" for label, value in rows]


def _direction(metric: MetricTraits) -> str:
    if metric.informative:
        return "informative"
    return "higher" if metric.higher_is_better else "lower"
