"""`harness recommend`."""

from __future__ import annotations

import itertools
import math
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.running import DataOption  # noqa: TC001 - typer reads annotations while the program runs
from harness.cli.terminal import TableFormat, TableFormatOption
from harness.rules import TRACKS_PER_PLAYLIST

if TYPE_CHECKING:
    from harness.data.track_lookup import Lookup
    from harness.report.tracks import Line
    from harness.run.single_playlist import Companion
    from harness.run.track_search import Wanted


def recommend(
    title: Annotated[str | None, typer.Option("--title", help="The playlist's title.")] = None,
    track: Annotated[
        list[str] | None,
        typer.Option("--track", help="A track in it: its URI, identifier or open.spotify.com address; repeatable."),
    ] = None,
    search: Annotated[
        list[str] | None, typer.Option("--search", help="A track in it, by words of name and artist; repeatable.")
    ] = None,
    recommender: Annotated[
        str, typer.Option("--recommender", help="A registered name or file.py:Class.")
    ] = "playlist-knn",
    data: DataOption = "synthetic",
    param: Annotated[
        list[str] | None, typer.Option("--param", help="[RECOMMENDER.]NAME=VALUE; may be repeated.")
    ] = None,
    k: Annotated[int, typer.Option("--k", min=1, max=TRACKS_PER_PLAYLIST, help="How many tracks.")] = 20,
    radio: Annotated[
        int | None, typer.Option("--radio", min=1, help="Play so many tracks, each drawn from the last one's nearest.")
    ] = None,
    neighbours: Annotated[
        int, typer.Option("--neighbours", min=1, max=TRACKS_PER_PLAYLIST, help="From how many nearest a radio draws.")
    ] = 10,
    seed: Annotated[
        int, typer.Option("--seed", help="For recommenders that draw numbers; another radio with another.")
    ] = 0,
    form: TableFormatOption = TableFormat.terminal,
) -> None:
    """Continue a playlist that you describe by title, tracks or words, or walk from a track to the next: a radio."""
    from harness.cli.running import params_by_recommender
    from harness.cli.terminal import bars, console, note
    from harness.data.track_lookup import Lookup
    from harness.errors import ParameterError
    from harness.report.tracks import printable, show_tracks, tracks_as_csv, tracks_as_json
    from harness.run.single_playlist import Companion
    from harness.run.track_search import wanted
    from harness.task.corpora import corpus

    uris, words = track or [], search or []
    if title is None and not uris and not words:
        raise ParameterError("say what the playlist is like: --title TEXT, --track URI or --search WORDS")
    if radio is not None and (title is not None or len(uris) + len(words) != 1):
        raise ParameterError("a radio starts from one track: name it with one --track or one --search, without --title")
    params = params_by_recommender([recommender], param or [])[recommender]
    with bars():
        stored = corpus(data)
        lookup = Lookup(stored.playlists())
        asked = wanted(lookup, stored.name, title=title, uris=uris, words=words)
        for line in asked.notes:
            note(printable(line))
        companion = Companion(stored, recommender, params, asked.title, asked.tracks, seed=seed)
        note(f"{recommender} {'read' if companion.was_kept else 'fitted'} in {companion.seconds:.1f} s")
        if radio is None:
            lines, remark = _continued(companion, lookup, asked, k)
        else:
            lines, remark = _played(companion, lookup, asked, radio, neighbours, seed)
        if remark:
            note(printable(remark))
    if form is TableFormat.terminal:
        show_tracks(lines, f"{'continued' if radio is None else 'radio'} by {recommender} on {stored.name}", console())
    else:
        sys.stdout.write(tracks_as_json(lines) if form is TableFormat.json else tracks_as_csv(lines))


def _continued(companion: Companion, lookup: Lookup, asked: Wanted, k: int) -> tuple[list[Line], str]:
    answer = companion.continued(asked.title, asked.tracks, k)
    scores = [None if math.isnan(score) else score for score in answer.scores.tolist()]
    lines = [_line(lookup, *each) for each in zip(itertools.count(1), answer.tracks.tolist(), scores, strict=False)]
    if not answer.n_filled:
        return lines, ""
    return lines, (
        f"{companion.name} has too little of its own here: {answer.n_filled} of {len(lines)} tracks, those without a "
        "score, are what the title and then popularity give"
    )


def _played(
    companion: Companion, lookup: Lookup, asked: Wanted, n_tracks: int, neighbours: int, seed: int
) -> tuple[list[Line], str]:
    tracks = companion.radio(asked.tracks[0], n_tracks, neighbours, seed)
    last = lookup.name([asked.tracks[0], *tracks][-1])
    if not tracks:
        from harness.errors import ParameterError

        raise ParameterError(f"{companion.name} knows nothing near {last!r}: start from another track")
    lines = [_line(lookup, rank, track, None) for rank, track in enumerate(tracks, 1)]
    ended = f"the radio ends early: {companion.name} knows nothing more near {last!r}"
    return lines, ended if len(tracks) < n_tracks else ""


def _line(lookup: Lookup, rank: int, track: int, score: float | None) -> Line:
    from harness.report.tracks import Line

    return Line(rank, lookup.name(track), lookup.artist(track), lookup.album(track), lookup.uri(track), score)
