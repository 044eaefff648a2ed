"""`harness serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.completion import complete_recommender
from harness.cli.task_options import DataOption

DEFAULT_RECOMMENDERS = ("playlist-knn", "item-knn")


def serve(
    data: DataOption = "synthetic",
    recommender: Annotated[
        list[str] | None,
        typer.Option(
            "--recommender",
            help="A registered name or file.py:Class; once or twice. Default: playlist-knn and item-knn.",
            autocompletion=complete_recommender,
        ),
    ] = None,
    param: Annotated[list[str] | None, typer.Option("--param", help="[RECOMMENDER.]NAME=VALUE; repeatable.")] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes a free one.")] = 8_018,
    seed: Annotated[int, typer.Option("--seed", help="Random seed of recommenders.")] = 0,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the system's browser.")] = False,
) -> None:
    """Serve a page on this machine only: search tracks, build a playlist, compare two recommenders, play a radio.

    The address is printed; Ctrl-C ends the server.
    """
    from harness.extras import require_extra

    require_extra("serve")
    from harness.cli.parameters import params_by_recommender
    from harness.cli.terminal import bars, note
    from harness.errors import ParameterError
    from harness.serve.app import application
    from harness.serve.explorer import Explorer
    from harness.serve.server import address_of, loopback_socket, serve_on
    from harness.task.corpora import corpus

    names = recommender or list(DEFAULT_RECOMMENDERS)
    if len(names) > len(DEFAULT_RECOMMENDERS) or len(set(names)) < len(names):
        raise ParameterError("the page shows one recommender or two different ones: pass --recommender once or twice")
    params = params_by_recommender(names, param or [])
    with loopback_socket(port) as bound:
        with bars():
            explorer = Explorer(corpus(data), params, seed=seed)
            explorer.warm_up()
        for line in explorer.notes:
            note(line)
        note(f"{explorer.data}: {address_of(bound)} (Ctrl-C ends)")
        if open_page:
            import webbrowser

            webbrowser.open(address_of(bound))
        serve_on(bound, application(explorer))
