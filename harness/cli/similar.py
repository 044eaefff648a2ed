"""`harness similar`."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.running import DataOption  # noqa: TC001 - typer reads annotations while the program runs
from harness.cli.terminal import OutputOption, TableFormat, TableFormatOption


def similar(
    track: Annotated[
        str | None,
        typer.Argument(help="URI, identifier or address of a track, or words of its name and artist."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="The similar tracks of every track; needs --output.")] = False,
    data: DataOption = "synthetic",
    min_count: Annotated[
        int, typer.Option("--min-count", min=1, help="Least number of playlists that similar tracks share.")
    ] = 5,
    top: Annotated[int, typer.Option("--top", min=1, max=10_000, help="Most similar tracks per track.")] = 50,
    form: TableFormatOption = TableFormat.terminal,
    output: OutputOption = None,
) -> None:
    """List the tracks that share most playlists with a track, with count and cosine; --output writes CSV (.csv.gz)."""
    import numpy as np

    from harness.cli.terminal import bars, console, note, write_text
    from harness.data.track_lookup import Lookup
    from harness.errors import ParameterError
    from harness.kit.playlist_index import PlaylistIndex
    from harness.report.similar import show_similar, similar_as_csv, similar_as_json, write_similar
    from harness.run.similar_tracks import similar_blocks
    from harness.run.track_search import track_of_text
    from harness.task.corpora import corpus

    if (track is None) != every:
        raise ParameterError("name one track, or pass --all for all tracks, not both")
    if every and output is None:
        raise ParameterError("--all writes a large table: pass --output similar.csv.gz")
    with bars():
        stored = corpus(data)
        playlists = stored.playlists()
        lookup = Lookup(playlists, stored.track_table)
        tracks = np.arange(playlists.catalog.n_tracks, dtype=np.int32)
        if track is not None:
            row, line = track_of_text(lookup, track, stored.name)
            tracks = tracks[row : row + 1]
            if line:
                note(line)
        index = PlaylistIndex.of(playlists.tracks, playlists.catalog.n_tracks)
        blocks = similar_blocks(index, tracks, top=top, min_count=min_count)
        if output is not None:
            n_pairs = write_similar(blocks, lookup, output)
            note(f"{output}: {n_pairs:,} pairs of tracks that share {min_count} playlists or more")
            return
        found = next(blocks, None)
    if found is None or not len(found.track):
        raise ParameterError(
            f"no track shares {min_count} playlists with {lookup.name(int(tracks[0]))!r}: lower --min-count"
        )
    if form is TableFormat.terminal:
        show_similar(found, lookup, f"similar to {lookup.name(int(tracks[0]))} on {stored.name}", console())
    else:
        write_text((similar_as_json if form is TableFormat.json else similar_as_csv)(found, lookup), None)
