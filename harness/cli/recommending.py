"""`harness recommend`."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.task_options import DataOption
from harness.cli.terminal import TableFormat, TableFormatOption
from harness.rules import TRACKS_PER_PLAYLIST

if TYPE_CHECKING:
    from harness.data.track_lookup import Lookup
    from harness.report.tracks import Line
    from harness.run.single_playlist import Companion
    from harness.run.track_search import PlaylistQuery
    from harness.statistics.confidence import Confidence

LENGTH, NEIGHBOURS = 20, 10
"""Defaults of --k and --neighbours."""


def recommend(
    title: Annotated[str | None, typer.Option("--title", help="Title of the playlist.")] = None,
    track: Annotated[
        list[str] | None,
        typer.Option("--track", help="Track of the playlist: URI, identifier or open.spotify.com address; repeatable."),
    ] = None,
    search: Annotated[
        list[str] | None,
        typer.Option("--search", help="Track of the playlist, found by words of its name and artist; repeatable."),
    ] = None,
    recommender: Annotated[
        str, typer.Option("--recommender", help="A registered name or file.py:Class.")
    ] = "playlist-knn",
    data: DataOption = "synthetic",
    param: Annotated[list[str] | None, typer.Option("--param", help="[RECOMMENDER.]NAME=VALUE; repeatable.")] = None,
    k: Annotated[
        int | None,
        typer.Option("--k", min=1, max=TRACKS_PER_PLAYLIST, help="Number of tracks.", show_default=str(LENGTH)),
    ] = None,
    radio: Annotated[
        int | None,
        typer.Option(
            "--radio",
            min=1,
            help="Number of tracks of a radio; each is drawn from the nearest tracks of the previous one.",
        ),
    ] = None,
    neighbours: Annotated[
        int | None,
        typer.Option(
            "--neighbours",
            min=1,
            max=TRACKS_PER_PLAYLIST,
            help="Number of nearest tracks from which a radio draws.",
            show_default=str(NEIGHBOURS),
        ),
    ] = None,
    with_preview: Annotated[
        bool, typer.Option("--with-preview", help="A radio skips tracks without a preview link.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Random seed of recommenders and of the radio.")] = 0,
    confidence: Annotated[
        bool,
        typer.Option(
            "--confidence",
            help="Show the estimated probability of a hit at each rank; the first time it runs a validation holdout.",
        ),
    ] = False,
    form: TableFormatOption = TableFormat.terminal,
) -> None:
    """Continue a playlist given by title, tracks or search words, or generate a radio from one track."""
    from harness.cli.flags import with_flags
    from harness.cli.parameters import params_by_recommender
    from harness.cli.terminal import bars, console, note, write_text
    from harness.data.track_lookup import Lookup
    from harness.errors import ParameterError
    from harness.report.tracks import show_tracks, tracks_as_csv, tracks_as_json
    from harness.run.confidence import confidence_of
    from harness.run.single_playlist import Companion
    from harness.run.track_search import playlist_query
    from harness.task.corpora import corpus

    uris, words = track or [], search or []
    _check_playlist(title, len(uris) + len(words), is_radio=radio is not None)
    if radio is None:
        _refuse("--with-preview chooses the tracks of a radio: pass --radio N too", given=with_preview)
        _refuse("--neighbours chooses the tracks of a radio: pass --radio N too", given=neighbours is not None)
    else:
        _refuse("the tracks of a radio have no confidence: leave out --confidence or --radio", given=confidence)
        _refuse("--radio N is the number of tracks of a radio: leave out --k", given=k is not None)
    params = params_by_recommender([recommender], param or [])[recommender]
    with bars():
        stored = corpus(data)
        lookup = Lookup(stored.playlists(), stored.track_table)
        if with_preview and not lookup.with_preview.any():
            raise ParameterError(
                f"no track of corpus {stored.name!r} has a preview link: join a table of them with "
                f"`harness data tracks FILE --data {stored.name}`"
            )
        query = playlist_query(lookup, stored.name, title=title, uris=uris, words=words)
        for line in query.notes:
            note(with_flags(line))
        companion = Companion(stored, recommender, params, query.title, query.tracks, seed=seed)
        if radio is None:
            lines, remark = _continued(companion, lookup, query, k or LENGTH)
            if confidence:
                estimated = confidence_of(stored, recommender, params, seed=seed)
                lines = _with_confidence(lines, estimated, len(query.tracks))
                n, seeds = estimated.basis(len(query.tracks))
                note(f"P(hit) is estimated on {n:,} validation playlists with {', '.join(map(str, seeds))} seeds")
        else:
            nearest = neighbours or NEIGHBOURS
            lines, remark = _played(companion, lookup, query, radio, nearest, seed, with_preview=with_preview)
        fitted = f"{recommender} {'loaded' if companion.was_kept else 'fitted'} in {companion.seconds:.1f} s"
        for line in filter(None, (query.title_note, fitted, remark)):
            note(line)
    if form is TableFormat.terminal:
        show_tracks(lines, f"{'continued' if radio is None else 'radio'} by {recommender} on {stored.name}", console())
    else:
        write_text(tracks_as_json(lines) if form is TableFormat.json else tracks_as_csv(lines), None)


def _check_playlist(title: str | None, n_tracks: int, *, is_radio: bool) -> None:
    from harness.errors import ParameterError

    if title is None and not n_tracks:
        raise ParameterError("the playlist is empty: pass --title TEXT, --track URI or --search WORDS")
    if is_radio and (title is not None or n_tracks != 1):
        raise ParameterError("a radio starts from one track: pass one --track or one --search, without --title")


def _refuse(reason: str, *, given: bool) -> None:
    """Raise ParameterError if the flag that the reason names is given."""
    from harness.errors import ParameterError

    if given:
        raise ParameterError(reason)


def _continued(companion: Companion, lookup: Lookup, query: PlaylistQuery, k: int) -> tuple[list[Line], str]:
    from harness.report.tracks import line_of

    ranking = companion.continued(query.title, query.tracks, k)
    query.check_answered(ranking.n_ranked, companion.name)
    scores = [None if math.isnan(score) else score for score in ranking.scores.tolist()]
    lines = [
        line_of(lookup, *ranked) for ranked in zip(itertools.count(1), ranking.tracks.tolist(), scores, strict=False)
    ]
    if not ranking.n_filled:
        return lines, ""
    return lines, (
        f"{companion.name} found too few tracks: {ranking.n_filled} of {len(lines)}, those without score, were filled "
        "by title and then by popularity"
    )


def _with_confidence(lines: list[Line], confidence: Confidence, n_seeds: int) -> list[Line]:
    import numpy as np

    (probabilities,) = confidence.of(np.array([n_seeds])).tolist()
    return [replace(line, confidence=probabilities[line.rank - 1]) for line in lines]


def _played(
    companion: Companion,
    lookup: Lookup,
    query: PlaylistQuery,
    n_tracks: int,
    neighbours: int,
    seed: int,
    *,
    with_preview: bool,
) -> tuple[list[Line], str]:
    from harness.report.tracks import line_of

    playable = lookup.with_preview if with_preview else None
    tracks = companion.radio(query.tracks[0], n_tracks, neighbours, seed, playable=playable)
    last = f"{lookup.name([query.tracks[0], *tracks][-1])!r}{' with a preview link' if with_preview else ''}"
    if not tracks:
        from harness.errors import ParameterError

        raise ParameterError(f"{companion.name} has no track near {last}: start from another track")
    lines = [line_of(lookup, rank, track, None) for rank, track in enumerate(tracks, 1)]
    note = f"the radio ends early: {companion.name} has no further track near {last}"
    return lines, note if len(tracks) < n_tracks else ""
