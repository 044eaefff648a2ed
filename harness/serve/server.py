"""Server of the page, on the loopback interface only."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.errors import ParameterError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

ADDRESS = "127.0.0.1"


def loopback_socket(port: int) -> socket.socket:
    """Listening socket on a port of the loopback interface; port 0 takes a free one.

    It listens before the server accepts, so that the address works as soon as it is printed.

    Raises:
        ParameterError: the port cannot be used.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would share the port with another server
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((ADDRESS, port))
        bound.listen()
    except OSError as error:
        bound.close()
        raise ParameterError(f"port {port} cannot be used ({error.strerror}): choose another `port`") from error
    return bound


def address_of(bound: socket.socket) -> str:
    """Address of the page that is served on a socket."""
    return f"http://{ADDRESS}:{bound.getsockname()[1]}/"


def serve_on(bound: socket.socket, app: ASGIApp) -> None:
    """Serve until Ctrl-C."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False))
    with suppress(KeyboardInterrupt):  # the usual end
        server.run(sockets=[bound])
