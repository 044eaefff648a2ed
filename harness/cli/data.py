"""`harness data`: import, synth, filter, list, info, verify, features, tracks, pca, calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.describing import info
from harness.cli.engines import engine_options
from harness.data.filter_rules import Titles
from harness.engines.engine import Engine

if TYPE_CHECKING:
    from harness.data.store import StoredCorpus

app = typer.Typer(
    help="Corpora: import the MPD, make a synthetic corpus, list, describe and verify corpora.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NameOption = Annotated[str, typer.Option("--name", help="Name of the new corpus.")]


ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace an existing corpus of that name.")]


@app.command("import", short_help="Import slices of the Million Playlist Dataset, or a table of playlists.")
@engine_options
def import_source(
    source: Annotated[
        Path,
        typer.Argument(
            help="A folder or a zip with mpd.slice.*.json in it or its subfolders; or a table with the columns "
            "playlist, track and optionally position (.csv, .tsv, .jsonl, .parquet), or an .npy of lists; or another "
            "layout of `harness list --kind reader`."
        ),
    ],
    name: NameOption,
    replace: ReplaceOption = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out invalid playlists of MPD slices, and list them.")
    ] = False,
    reader: Annotated[
        str | None,
        typer.Option("--reader", help="`harness list --kind reader` lists all; default: the one that recognises it."),
    ] = None,
    engine: Engine | None = None,
) -> None:
    """Import slices of the Million Playlist Dataset or a table of playlists; an interrupted import resumes."""
    from harness.cli.terminal import bars
    from harness.data.importing import import_corpus
    from harness.data.store import check_name, find_corpus
    from harness.task.import_units import parse_units

    with bars():
        if engine and find_corpus(name) is None:
            check_name(name)
            engine.perform(parse_units(source, name, skip_bad=skip_bad), "slices")
        corpus = import_corpus(source, name, replace=replace, skip_bad=skip_bad, reader=reader)
    _print_import(corpus)


@app.command(short_help="Make a synthetic corpus.")
def synth(
    playlists: Annotated[int, typer.Option("--playlists", min=1, help="Number of playlists; the MPD has 1,000,000.")],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the generator.")] = 0,
    name: Annotated[str | None, typer.Option("--name", help="Store the corpus under this name.")] = None,
    slices: Annotated[
        Path | None,
        typer.Option("--slices", help="Write the corpus as MPD slices to this folder, laid out like the official zip."),
    ] = None,
    contest: Annotated[
        Path | None,
        typer.Option("--contest", help="Write training slices, challenge_set.json and answers.json to this folder."),
    ] = None,
    replace: ReplaceOption = False,
) -> None:
    """Make a synthetic corpus that behaves like the Million Playlist Dataset."""
    from harness.cli.terminal import bars, note
    from harness.errors import ParameterError
    from harness.task.contest import write_contest
    from harness.task.corpora import synthesise

    if not (name or slices or contest):
        raise ParameterError("no output for the corpus: pass --name NAME, --slices DIR or --contest DIR")
    with bars():
        if name:
            corpus = synthesise(name, playlists, seed, replace=replace)
            _print_import(corpus)
            generated = corpus.playlists()
        else:
            from harness.synthetic import generate

            generated = generate(playlists, seed)
        if slices:
            from harness.data.mpd.writing import write_slices

            note(f"{len(write_slices(generated, slices))} slices in {slices / 'data'}")
        if contest:
            write_contest(generated, contest, seed=seed)
            note(f"training slices, challenge_set.json and answers.json in {contest}")


@app.command("filter", short_help="Make a corpus from another by followers, titles, length and track frequency.")
def filter_playlists(
    name: Annotated[str, typer.Argument(help="Name of a corpus.")],
    filtered_name: Annotated[str, typer.Option("--as", help="Name of the filtered corpus.")],
    min_followers: Annotated[
        int | None, typer.Option("--min-followers", help="Fewest followers of a playlist.")
    ] = None,
    max_followers: Annotated[int | None, typer.Option("--max-followers", help="Most followers of a playlist.")] = None,
    min_tracks: Annotated[
        int, typer.Option("--min-tracks", min=1, help="Fewest entries of a playlist, without those of rare tracks.")
    ] = 1,
    min_occurrences: Annotated[
        int, typer.Option("--min-occurrences", min=1, help="Fewest playlists that a track must occur in.")
    ] = 1,
    titles: Annotated[
        Titles,
        typer.Option(
            "--titles", help="ascii: keep lower-case ASCII letters and digits only, leave out titles without any."
        ),
    ] = Titles.any,
    replace: ReplaceOption = False,
) -> None:
    """Make a corpus of the playlists and tracks of another that satisfy every rule; its record has the rules."""
    from harness.cli.terminal import bars
    from harness.data.filter_rules import Filter
    from harness.data.filtering import filter_corpus
    from harness.task.corpora import corpus

    rules = Filter(
        min_followers=min_followers,
        max_followers=max_followers,
        min_tracks=min_tracks,
        min_occurrences=min_occurrences,
        titles=titles,
    )
    with bars():
        filtered = filter_corpus(corpus(name), filtered_name, rules, replace=replace)
    _print_import(filtered)


@app.command("list", short_help="List all corpora.")
def list_corpora() -> None:
    """List all corpora and interrupted imports."""
    from harness.cli.terminal import complain
    from harness.data.mpd.importing import unfinished_imports
    from harness.data.store import corpora, find_corpus
    from harness.errors import DataError

    names = corpora()
    width = max(map(len, names), default=0)
    for name in names:
        try:
            corpus = find_corpus(name)
        except DataError as error:
            complain(error)
            continue
        if corpus is None:
            typer.echo(f"{name:<{width}}  incompatible version: make it again with --replace")
        else:
            typer.echo(f"{name:<{width}}  {_size(corpus)}  {corpus.manifest.source.get('kind', '')}")
    for name, folder in unfinished_imports().items():
        typer.echo(f"{name}: interrupted import; run the same command to resume, or delete {folder}")
    if not names:
        typer.echo("no corpus yet: `harness data import SOURCE --name NAME`, or `harness run` makes the synthetic one")


app.command(short_help="Describe a corpus.")(info)


@app.command(short_help="Check that stored corpora are undamaged.")
def verify(
    name: Annotated[str | None, typer.Argument(help="Name of a corpus; default: all corpora.")] = None,
) -> None:
    """Compare every file of a corpus, or of all corpora, with its stored digest."""
    from harness.cli.terminal import bars, complain
    from harness.data.store import corpora, open_corpus
    from harness.errors import DataError

    damaged: list[DataError] = []
    for corpus in corpora() if name is None else [name]:
        try:
            with bars():
                n_bytes = open_corpus(corpus).verify()
        except DataError as error:
            damaged.append(error)
        else:
            typer.echo(f"{corpus}: undamaged, {n_bytes:,} bytes compared")
    for first_error in damaged[:-1]:
        complain(first_error)
    if damaged:
        raise damaged[-1]


@app.command(short_help="Compare a corpus with the published figures of the MPD.")
def calibrate(name: Annotated[str, typer.Argument(help="Name of a corpus.")] = "synthetic") -> None:
    """Compare a corpus with the published figures of the Million Playlist Dataset, line by line."""
    from harness.cli.terminal import bars, console
    from harness.report.corpus import show_calibration
    from harness.synthetic.calibration import calibrate as measure
    from harness.task.corpora import corpus

    with bars():
        lines = measure(corpus(name).playlists())
    show_calibration(lines, console())


@app.command(short_help="Join a file of audio features to a corpus.")
def features(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (or .gz) or Parquet with Spotify's column names and one of id, uri, track_id, track_uri."
        ),
    ],
    data: Annotated[str, typer.Option("--data", help="Name of a corpus.")],
) -> None:
    """Join a file of audio features to a corpus, replacing earlier ones; print the coverage."""
    from harness.cli.terminal import bars, note
    from harness.data.audio_features import coverage, join_features
    from harness.task.corpora import corpus

    with bars():
        joined = join_features(corpus(data), file, note)
        covered = coverage(joined.playlists())
    assert covered
    typer.echo(
        f"{joined.name}: audio features of {_share(covered.n_known_tracks, covered.n_tracks)} tracks, "
        f"{_share(covered.n_known_entries, covered.n_entries)} entries"
    )
    if covered.missing:
        typer.echo(f"missing for every track: {', '.join(covered.missing)}")


@app.command(short_help="Join a table of names, artists, albums and preview links to a corpus.")
def tracks(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, TSV (or .gz) or Parquet with one of track_uri, uri, track_id, id, track, and columns such as "
            "name, artist, album, preview_url; any further columns are shown too."
        ),
    ],
    data: Annotated[str, typer.Option("--data", help="Name of a corpus.")],
) -> None:
    """Join a table about tracks to a corpus, replacing an earlier one; search, radio and similar tracks use it.

    Recommenders and metrics do not see the table, and no run changes.
    """
    from harness.cli.terminal import bars, note
    from harness.data.track_table import join_tracks
    from harness.task.corpora import corpus

    with bars():
        joined = join_tracks(corpus(data), file)
    n_tracks = joined.corpus.manifest.n_tracks
    for column, n_known in joined.n_known.items():
        typer.echo(f"{joined.corpus.name}: {column} of {_share(n_known, n_tracks)} tracks")
    if joined.n_repeated:
        note(f"{joined.n_repeated:,} rows name a track of an earlier row: the first row of each track is used")
    for column, reason in joined.ignored.items():
        note(f"ignored column {column!r}: {reason}")


@app.command(short_help="Show principal components of the playlists of a corpus.")
def pca(name: Annotated[str, typer.Argument(help="Name of a corpus.")] = "synthetic") -> None:
    """Principal components of playlists over twelve audio features: explained variance, strongest loadings."""
    from harness.cli.terminal import bars, console
    from harness.data.components import principal_components
    from harness.report.corpus import show_components
    from harness.task.corpora import corpus

    with bars():
        components = principal_components(corpus(name).playlists())
    show_components(components, console())


def _share(n: int, total: int) -> str:
    return f"{n:,} of {total:,} ({n / max(total, 1):.1%})"


def _print_import(corpus: StoredCorpus) -> None:
    from harness.cli.terminal import note

    notes = corpus.manifest.notes
    for line in notes.get("remarks", []):
        #:
        note(line)
    for line in notes.get("skipped_list", []):
        note(f"left out: {line}")
    if notes.get("skipped", 0) > len(notes.get("skipped_list", [])):
        note(f"left out: {notes['skipped']} playlists or slices in all")
    typer.echo(f"{corpus.name}: {_size(corpus)}")


def _size(corpus: StoredCorpus) -> str:
    manifest = corpus.manifest
    return f"{manifest.n_playlists:,} playlists, {manifest.n_entries:,} entries, {manifest.n_tracks:,} tracks"
