"""`harness similar`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.terminal import ENDINGS, RUNS, FileTableFormatOption, OutputOption, RunsOption, TableFormat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.data.track_lookup import Lookup
    from harness.ragged import Ids
    from harness.run.similar_tracks import Similar

MIN_COUNT = 5
_ENDINGS_OF_ALL = {".csv.gz": "csv", ".csv": "csv"}


def similar(
    track: Annotated[
        str | None,
        typer.Argument(help="URI, identifier or address of a track, or words of its name and artist."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="The similar tracks of every track; needs --output.")] = False,
    data: Annotated[
        str | None, typer.Option("--data", help="Name of a corpus; by default synthetic, or that of --model.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="Rank by the track vectors of this run's model, not by shared playlists."),
    ] = None,
    min_count: Annotated[
        int | None,
        typer.Option(
            "--min-count", min=1, help=f"Least number of playlists that similar tracks share, by default {MIN_COUNT}."
        ),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=10_000, help="Most similar tracks per track.")] = 50,
    form: FileTableFormatOption = None,
    output: OutputOption = None,
    runs: RunsOption = RUNS,
) -> None:
    """List the tracks most similar to one track, or to each: by shared playlists, with count and cosine, or by a model.

    A CSV file is compressed if its name ends in .csv.gz; the table of --all is CSV.
    """
    from harness.cli.terminal import bars, chosen_format, note, printed, write_text
    from harness.errors import ParameterError
    from harness.report.similar import show_similar, similar_as_csv, similar_as_json, similar_table, write_similar

    if (track is None) != every:
        raise ParameterError("name one track, or pass --all for all tracks, not both")
    if every and output is None:
        raise ParameterError("--all writes a large table: pass --output similar.csv.gz")
    form = chosen_format(form, output, TableFormat, _ENDINGS_OF_ALL if every else {**_ENDINGS_OF_ALL, **ENDINGS})
    if every and form is not TableFormat.csv:
        raise ParameterError("--all writes CSV: let --output end in .csv or .csv.gz, and omit --format")
    if output is not None and output.suffix.lower() == ".gz" and form is not TableFormat.csv:
        raise ParameterError(f"--output {output}: only CSV is compressed; omit .gz, or pass --format csv")
    if model is not None and min_count is not None:
        raise ParameterError("--min-count counts shared playlists, and --model ranks by vectors: leave out one")
    with bars():
        if model is None:
            lookup, name, blocks = _by_playlists(data or "synthetic", track, top, min_count or MIN_COUNT)
        else:
            lookup, name, blocks = _by_model(runs, model, data, track, top)
        if output is not None and form is TableFormat.csv:
            n_pairs = write_similar(blocks, lookup.displayed(), output)
            note(f"{output}: {n_pairs:,} pairs of tracks")
            return
        pairs = next(blocks, None)
    if pairs is None or not len(pairs.track):
        remedy = "its model has no vector of it" if model else f"none shares {min_count or MIN_COUNT} playlists with it"
        raise ParameterError(f"no track is similar to {track!r}: {remedy}{'' if model else ', lower --min-count'}")
    table = similar_table(pairs, lookup.displayed())
    if form is TableFormat.terminal:
        printed(lambda screen: show_similar(table, f"similar to {table['track'][0]} {name}", screen), output)
    else:
        write_text(similar_as_json(table) if form is TableFormat.json else similar_as_csv(table), output)


def _by_playlists(data: str, track: str | None, top: int, min_count: int) -> tuple[Lookup, str, Iterator[Similar]]:
    """Names of a corpus, words for a heading, and the pairs of tracks that share most playlists."""
    from harness.data.track_lookup import Lookup
    from harness.kit.playlist_index import PlaylistIndex
    from harness.run.similar_tracks import by_playlists
    from harness.task.corpora import corpus

    stored = corpus(data)
    playlists = stored.playlists()
    lookup = Lookup(playlists, stored.track_table)
    tracks = _tracks(lookup, track, stored.name)
    index = PlaylistIndex.of(playlists.tracks, playlists.catalog.n_tracks)
    return lookup, f"on {stored.name}", by_playlists(index, tracks, top=top, min_count=min_count)


def _by_model(
    runs: Path, model: str, data: str | None, track: str | None, top: int
) -> tuple[Lookup, str, Iterator[Similar]]:
    """Names of a run's corpus, words for a heading, and the pairs with the nearest vectors of the run's model."""
    from harness.cli.terminal import note
    from harness.data.store import open_corpus
    from harness.data.track_lookup import Lookup
    from harness.errors import ParameterError
    from harness.run.models import track_vectors
    from harness.run.runs import read_record, run_named
    from harness.run.similar_tracks import by_vectors

    folder = run_named(runs, model)
    corpus = read_record(folder).corpus.name
    if data not in (None, corpus):
        raise ParameterError(f"run {folder.name} is on corpus {corpus!r}, not {data!r}: leave out --data")
    stored = open_corpus(corpus)
    lookup = Lookup(stored.playlists(), stored.track_table)
    tracks = _tracks(lookup, track, corpus)
    fitted = track_vectors(folder)
    note(fitted.remark)
    return lookup, f"by {folder.name} on {corpus}", by_vectors(fitted.vectors, tracks, top=top)


def _tracks(lookup: Lookup, text: str | None, data: str) -> Ids:
    """The catalog row of a track that a user describes, or all rows."""
    import numpy as np

    from harness.cli.flags import with_flags
    from harness.cli.terminal import note
    from harness.run.track_search import track_of_text

    if text is None:
        return np.arange(lookup.n_tracks, dtype=np.int32)
    row, line = track_of_text(lookup, text, data)
    if line:
        note(with_flags(line))
    return np.array([row], np.int32)
