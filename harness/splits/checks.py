"""Checks of what a split's `cut` returns: rows, seeds and withheld tracks of both holdouts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from harness import plugins
from harness.errors import DataError, RegistryError
from harness.identities import Holdout
from harness.plugin_errors import plugin_errors
from harness.splits.holdouts import Holdouts, LocalChallenge

if TYPE_CHECKING:
    from harness.splits.plugins import SplitPlugin
    from harness.types import Playlists

KEEP_REPEATS = "keep_repeats"
"""The parameter, of the `challenge` split, that allows withheld tracks to be seeds."""


def checked_cut(plugin: SplitPlugin, name: str, playlists: Playlists, seed: int) -> Holdouts:
    """Cut a corpus and check the holdouts.

    Args:
        plugin: the split.
        name: its declared name.
        playlists: the corpus.
        seed: seed of the split.

    Raises:
        RegistryError: the holdouts have the name of another split.
        DataError: the holdouts break a rule, or the corpus is too small.
        PluginError: `cut` raised another exception.
    """
    label = f"split {name!r}"
    with plugin_errors(label, plugins.sources(type(plugin))):
        holdouts = plugin.cut(playlists, seed)
    if not isinstance(holdouts, Holdouts):
        raise DataError(f"{label}: `cut` returned {type(holdouts).__name__}: return harness.Holdouts")
    if holdouts.split != name:
        raise RegistryError(f"{label} cuts holdouts of a split {holdouts.split!r}: make the name in Holdouts {name!r}")
    try:
        json.dumps([holdouts.params, holdouts.omitted, holdouts.dropped])
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{label}: params, omitted or dropped of Holdouts is no JSON ({error}): convert NumPy numbers by int()"
        ) from error
    for holdout in Holdout:
        _check(
            holdouts.of(holdout), playlists, f"{label}, {holdout}", may_repeat=bool(holdouts.params.get(KEEP_REPEATS))
        )
    shared = np.intersect1d(holdouts.validation.rows, holdouts.test.rows)
    if len(shared):
        example = _playlist(playlists, shared[0])
        raise DataError(f"{label}: {example} is both in validation and in test ({len(shared)} are): use each in one")
    return holdouts


def _check(local: LocalChallenge, playlists: Playlists, label: str, *, may_repeat: bool) -> None:
    if not isinstance(local, LocalChallenge):
        raise DataError(
            f"{label}: {type(local).__name__} stands for the holdout: give Holdouts a harness.LocalChallenge"
        )
    if not len(local.rows):
        raise DataError(f"{label}: no playlist is held out: change the split's parameters or use a larger corpus")
    _check_rows(local, playlists, label)
    _check_tracks(local, playlists, label, may_repeat=may_repeat)


def _check_rows(local: LocalChallenge, playlists: Playlists, label: str) -> None:
    outside = local.rows[(local.rows < 0) | (local.rows >= len(playlists))]
    if len(outside):
        raise DataError(f"{label}: rows has {outside[0]}: the corpus has rows 0 to {len(playlists) - 1}")
    rows, counts = np.unique(local.rows, return_counts=True)
    if len(rows) < len(local.rows):
        twice = _playlist(playlists, rows[counts > 1][0])
        raise DataError(f"{label}: {twice} is held out more than once: make rows distinct")


def _check_tracks(local: LocalChallenge, playlists: Playlists, label: str, *, may_repeat: bool) -> None:
    if not np.array_equal(local.positions.indptr, local.seeds.indptr):
        raise DataError(f"{label}: positions and seeds have rows of different lengths: give each seed its position")
    withheld = local.withheld
    n_tracks = playlists.catalog.n_tracks
    for field, ragged in (("seeds", local.seeds), ("withheld", withheld)):
        if len(ragged.values) and int(ragged.values.max()) >= n_tracks:
            raise DataError(f"{label}: {field} has track {ragged.values.max()}: the catalog has 0 to {n_tracks - 1}")
    is_seed = np.isin(withheld.pairs, local.seeds.pairs) & (not may_repeat)
    faults = (
        (np.flatnonzero(withheld.lengths == 0), "has no withheld track: leave it in the training set"),
        (withheld.row_ids[is_seed], "has a withheld track that is also a seed: no list may have it"),
        (withheld.row_ids[withheld.is_repeat], "has a track withheld twice: make withheld tracks distinct"),
    )
    for at_fault, fault in faults:
        if len(at_fault):
            raise DataError(f"{label}: {_playlist(playlists, local.rows[at_fault[0]])} {fault}")


def _playlist(playlists: Playlists, row: np.int64) -> str:
    return f"playlist {playlists.info['pid'][int(row)]}"
