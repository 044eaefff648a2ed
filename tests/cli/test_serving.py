"""`harness serve` through the command line."""

import os
import re
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

BY_PLAYLIST = (
    "blend is fitted again for each playlist, which a page cannot wait for: choose another, "
    "or use `harness recommend --recommender blend`"
)


@pytest.mark.usefixtures("corpus")
def test_the_page_is_served_on_this_machine_until_it_is_interrupted():
    words = [sys.executable, "-m", "harness", "serve", "--data", "small", "--port", "0", "--recommender", "popularity"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        try:
            address = next(match[1] for line in process.stderr if (match := re.search(r"small: (http\S+) ", line)))
            assert address.startswith("http://127.0.0.1:")
            assert "Continued by popularity" in urlopen(f"{address}?track=0", timeout=30).read().decode()
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()
    assert (process.returncode, rest) == (0, "")


@pytest.mark.usefixtures("corpus")
def test_a_port_in_use_is_one_line(command):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, out, err = command("serve", "--data", "small", "--port", port)
    assert (code, out) == (1, "")
    assert err == f"error: port {port} cannot be used (Address already in use): choose another --port\n"


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    ("names", "line"),
    [
        (("title", "title"), "the page shows one recommender or two different ones: pass --recommender once or twice"),
        (("als", "title", "slim"),
         "the page shows one recommender or two different ones: pass --recommender once or twice"),
        (("blend",), BY_PLAYLIST),
        (("alss",), "no recommender 'alss', did you mean 'als'?; `harness list` names all"),
    ],
)  # fmt: skip
def test_recommenders_that_a_page_cannot_show_are_one_line(command, names, line):
    chosen = [word for name in names for word in ("--recommender", name)]
    assert command("serve", "--data", "small", "--port", 0, *chosen) == (1, "", f"error: {line}\n")
