"""`harness list`."""

from __future__ import annotations

from typing import Annotated

import typer


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
