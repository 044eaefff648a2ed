"""Filter: a corpus derived from another by rules on followers, titles, length and frequency of tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.data import layout, store
from harness.data.filter_rules import Filter, Titles
from harness.data.recounting import recounted
from harness.data.subset import compact
from harness.errors import DataError, ParameterError
from harness.kit.progress import step
from harness.types import Playlists

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

KIND = "filter"
"""Kind of source in the record of a filtered corpus."""

_NOT_ASCII_TEXT = r"[^0-9a-z ]+"


def filter_corpus(corpus: store.StoredCorpus, name: str, rules: Filter, *, replace: bool = False) -> store.StoredCorpus:
    """Store the filtered corpus under a name, with the original's name and fingerprint and the rules in its record.

    The original is unchanged. The same filter of the same corpus is made once.

    Raises:
        DataError: no playlist satisfies the rules, followers are unknown, or another corpus has the name.
        ParameterError: there is no rule, or the name is the original's.
    """
    if not rules.rules:
        raise ParameterError("the filter has no rule, so the corpus would be a copy: set at least one")
    if name == corpus.name:
        raise ParameterError(f"the filtered corpus cannot replace {name!r}, from which it is made: choose another name")
    playlists = corpus.playlists()
    source = {
        "kind": KIND,
        "corpus": corpus.name,
        "fingerprint": corpus.fingerprint,
        "audio": layout.audio_fingerprint(playlists.catalog),
        "rules": rules.rules,
    }

    def make() -> tuple[Playlists, dict[str, Any]]:
        with step("filter"):
            filtered, removed = filtered_playlists(playlists, rules)
        return filtered, {"remarks": [f"left out: {n:,} {what}" for what, n in removed.items() if n]}

    filtered = store.make_once(name, source, make, replace=replace)
    return _with_track_table(corpus, filtered)


def _with_track_table(corpus: store.StoredCorpus, filtered: store.StoredCorpus) -> store.StoredCorpus:
    """The filtered corpus with the original's rows of the track table, unless it has a table of its own."""
    if corpus.track_table is None or filtered.track_table is not None:
        return filtered
    uris = corpus.playlists().catalog.tracks.select("uri")
    kept = filtered.playlists().catalog.tracks.select("uri")
    table = kept.join(uris.hstack(corpus.track_table), on="uri", how="left", maintain_order="left").drop("uri")
    return store.write_track_table(filtered, table)


def provenance(corpus: store.StoredCorpus) -> str:
    """Description of a filtered corpus's origin, one line; "" for any other corpus."""
    source = corpus.manifest.source
    if source.get("kind") != KIND:
        return ""
    return f"filtered from {source['corpus']} (fingerprint {source['fingerprint']}): {Filter(**source['rules'])}"


def filtered_playlists(playlists: Playlists, rules: Filter) -> tuple[Playlists, dict[str, int]]:
    """Apply the rules; the result satisfies all of them, over a catalog of the tracks that it holds.

    Removing a playlist makes tracks rarer and removing a track makes playlists shorter, so both are repeated until
    nothing changes; the result does not depend on their order. Numbers of tracks, albums and artists, and durations,
    of playlists that lost entries are computed again.

    Returns:
        The filtered playlists; and the number of playlists, entries and tracks left out, by reason.

    Raises:
        DataError: no playlist is left, or the corpus has no followers but the rules bound them.
    """
    info = _with_titles(playlists.info, rules)
    kept = _by_followers(info, rules)
    n_by_followers = len(kept) - int(kept.sum())
    if rules.titles == Titles.ascii:
        kept &= (info["name"] != "").to_numpy()
    n_by_titles = len(kept) - n_by_followers - int(kept.sum())
    chosen = Playlists(info, playlists.tracks, playlists.catalog).take(kept)
    dense = _dense(chosen, rules)
    if not len(dense):
        raise DataError(f"no playlist satisfies {rules}; `harness data info` shows followers, lengths and frequencies")
    remain = chosen.info["pid"].is_in(dense.info["pid"].to_list()).to_numpy()
    compacted = compact(recounted(dense, chosen.tracks.lengths[remain] > dense.tracks.lengths))
    return compacted, {
        "playlists by followers": n_by_followers,
        "playlists by title": n_by_titles,
        "playlists with too few tracks": len(chosen) - len(dense),
        "entries": len(playlists.tracks.values) - len(dense.tracks.values),
        "tracks": playlists.catalog.n_tracks - compacted.catalog.n_tracks,
    }


def ascii_titles(names: pl.Series) -> pl.Series:
    """Titles in lower case, without punctuation and non-ASCII characters, runs of spaces as one, (n,)."""
    lower = names.fill_null("").str.to_lowercase().str.replace_all(r"\s+", " ")
    return lower.str.replace_all(_NOT_ASCII_TEXT, "").str.replace_all(" +", " ").str.strip_chars(" ")


def _with_titles(info: pl.DataFrame, rules: Filter) -> pl.DataFrame:
    return info.with_columns(ascii_titles(info["name"]).alias("name")) if rules.titles == Titles.ascii else info


def _by_followers(info: pl.DataFrame, rules: Filter) -> NDArray[np.bool_]:
    """Mask of the playlists within the bounds of followers, (n,)."""
    import polars as pl

    bounds = rules.min_followers, rules.max_followers
    if bounds == (None, None):
        return np.ones(info.height, np.bool_)
    if "num_followers" not in info.columns:
        raise DataError("the corpus has no numbers of followers: leave out min_followers and max_followers")
    followers = pl.col("num_followers")
    least, most = (pl.lit(value) for value in bounds)
    within = followers.is_not_null() & (followers >= least).fill_null(value=bounds[0] is None)
    return info.select(within & (followers <= most).fill_null(value=bounds[1] is None)).to_series().to_numpy().copy()


def _dense(playlists: Playlists, rules: Filter) -> Playlists:
    """The playlists with enough tracks that occur often enough: the largest such part."""
    while True:
        tracks = playlists.tracks
        distinct = tracks.values[~tracks.is_repeat] if rules.min_occurrences > 1 else tracks.values
        frequent = np.bincount(distinct, minlength=playlists.catalog.n_tracks) >= rules.min_occurrences
        frequent_tracks = tracks.keep(frequent[tracks.values])
        long_enough = frequent_tracks.lengths >= rules.min_tracks
        if len(frequent_tracks.values) == len(tracks.values) and bool(long_enough.all()):
            return playlists
        playlists = Playlists(playlists.info, frequent_tracks, playlists.catalog).take(long_enough)
