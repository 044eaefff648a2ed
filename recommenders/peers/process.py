"""Process of a peer: fits and recommends in another interpreter, whose packages may differ from ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import weakref
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import harness
from recommenders._interactions import interactions
from recommenders.peers import _worker

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from harness import Challenge, Ranked

WIDTH = 500
"""Lists are cut from at least this many tracks, so that a short list is the beginning of a long one."""


class PeerProcess:
    """A running worker with one fitted model; it ends with this object.

    Attributes:
        facts: version of the peer, seconds of fit and lists, peak memory of the worker in bytes.
    """

    def __init__(self, peer: str, python: str) -> None:
        """Start the worker.

        Args:
            peer: `lenskit` or `rectools`.
            python: path of the interpreter; empty for the running one, if it has the peer.

        Raises:
            DataError: there is no such interpreter, or the running one lacks the peer.
        """
        self._peer, self.facts = peer, dict[str, Any]()
        self._python = _interpreter(peer, python)
        command = [self._python, "-I", _worker.__file__, peer]  # -I: no file of ours shadows a package
        self._folder = Path(tempfile.mkdtemp(prefix="harness-peer-"))
        with (self._folder / "log").open("w", encoding="utf-8") as log:
            self._worker = subprocess.Popen(  # noqa: S603 - an interpreter that the user names
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8"
            )
        self._end = weakref.finalize(self, _end, self._worker, self._folder)

    def fit(self, train: csr_matrix, config: dict[str, Any], seed: int) -> None:
        """Fit a model on a matrix of playlists and tracks."""
        from scipy.sparse import save_npz

        save_npz(self._folder / "train.npz", train, compressed=False)
        answer = self._answer({"do": "fit", "config": config, "seed": seed})
        self.facts |= {self._peer: answer["version"], **_costs("fit", answer)}

    def recommend(self, seeds: csr_matrix, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Best tracks and their scores, (n, k) each; ties are broken by the lower track id, a short list ends in -1."""
        from scipy.sparse import save_npz

        save_npz(self._folder / "seeds.npz", seeds, compressed=False)
        width = min(max(k, WIDTH), seeds.shape[1])
        answer = self._answer({"do": "recommend", "width": width})
        self.facts |= {**_costs("recommend", answer), "worker_peak_bytes": answer["peak_bytes"]}
        with np.load(self._folder / "lists.npz") as lists:
            return _in_order(lists["tracks"], lists["scores"], k)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        pipes = self._worker.stdin, self._worker.stdout
        if pipes[0] is None or pipes[1] is None:
            raise harness.DataError(f"the process of {self._peer} has no pipes")
        try:
            print(json.dumps({**request, "folder": str(self._folder)}), file=pipes[0], flush=True)
            line = pipes[1].readline()
        except BrokenPipeError:
            line = ""
        if not line:
            last = (self._folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise harness.DataError(
                f"the process of {self._peer} ended with code {self._worker.wait()}: {''.join(last)}"
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise harness.DataError(f"{self._peer} in {self._python}: {answer['error']}")
        return answer


def recommended(process: PeerProcess, challenge: Challenge, n_tracks: int, k: int) -> tuple[Ranked, float]:
    """Lists of a challenge, and the share of playlists without a known seed; these have empty lists."""
    seeds = interactions(challenge.seeds, n_tracks)
    served = np.flatnonzero(np.diff(seeds.indptr))
    tracks = np.full((len(challenge), k), -1, np.int32)
    scores = np.zeros((len(challenge), k), np.float32)
    if len(served):
        tracks[served], scores[served] = process.recommend(seeds[served], k)
    return harness.Ranked(tracks, scores), (len(challenge) - len(served)) / max(len(challenge), 1)


def _costs(step: str, answer: dict[str, Any]) -> dict[str, float]:
    return {f"worker_{step}_{kind}": answer[kind] for kind in ("seconds", "cpu_seconds")}


def _interpreter(peer: str, python: str) -> str:
    remedy = f"pass --param python=PATH of an environment with {peer}"
    if not python:
        if find_spec(peer) is None:
            raise harness.DataError(f"{peer} is not installed in this environment: {remedy}")
        return sys.executable
    path = shutil.which(os.path.expanduser(python))  # noqa: PTH111 - a name on the path stays as it is
    if path is None:
        raise harness.DataError(f"{python} is no interpreter: {remedy}")
    return path


def _in_order(ids: NDArray[np.int32], scores: NDArray[np.float32], k: int) -> tuple[Any, Any]:
    ids = np.where(np.isfinite(scores), ids, -1)
    scores = np.where(ids >= 0, scores, -np.inf)
    order = np.lexsort((ids, -scores))[:, :k]
    tracks, values = np.full((len(ids), k), -1, np.int32), np.zeros((len(ids), k), np.float32)
    tracks[:, : order.shape[1]] = np.take_along_axis(ids, order, axis=1)
    values[:, : order.shape[1]] = np.take_along_axis(scores, order, axis=1)
    return tracks, np.where(tracks >= 0, values, 0)


def _end(worker: subprocess.Popen[str], folder: Path) -> None:
    """End the worker and delete its files."""
    worker.terminate()
    worker.wait()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):  # a request that the worker never read
                pipe.close()
    shutil.rmtree(folder, ignore_errors=True)
