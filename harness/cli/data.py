"""`harness data`: import, synth, list, info, features, pca, calibrate."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.data.store import StoredCorpus

app = typer.Typer(
    help="Corpora: import the MPD, make a synthetic one, see what is there.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NameOption = Annotated[str, typer.Option("--name", help="The corpus's name from now on.")]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Put it in the place of another corpus of that name.")]


@app.command("import", short_help="Import slices of the Million Playlist Dataset, or a table of playlists.")
def import_source(
    source: Annotated[
        Path,
        typer.Argument(
            help="A folder or a zip with mpd.slice.*.json at its root or in data/; or a table with the columns "
            "playlist, track and perhaps position (.csv, .tsv, .jsonl, .parquet), or an .npy of lists."
        ),
    ],
    name: NameOption,
    replace: ReplaceOption = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad playlists out, and list them.")] = False,
) -> None:
    """Import slices of the Million Playlist Dataset, going on where it was stopped, or a table of playlists."""
    from harness.cli.terminal import bars
    from harness.data.importing import import_corpus

    with bars():
        corpus = import_corpus(source, name, replace=replace, skip_bad=skip_bad)
    _tell(corpus)


@app.command(short_help="Make a synthetic corpus.")
def synth(
    playlists: Annotated[int, typer.Option("--playlists", min=1, help="How many; 1,000,000 as in the MPD.")],
    seed: Annotated[int, typer.Option("--seed", help="Another seed draws other playlists.")] = 0,
    name: Annotated[str | None, typer.Option("--name", help="Keep it as a corpus of this name.")] = None,
    slices: Annotated[
        Path | None,
        typer.Option("--slices", help="Write it as MPD slices to this folder, laid out as the official zip."),
    ] = None,
    contest: Annotated[
        Path | None,
        typer.Option("--contest", help="Write slices to train on, challenge_set.json and, apart, answers.json here."),
    ] = None,
    replace: ReplaceOption = False,
) -> None:
    """Make a synthetic corpus that behaves like the Million Playlist Dataset."""
    from harness.cli.terminal import bars, note
    from harness.errors import ParameterError
    from harness.task.contest import write_contest
    from harness.task.corpora import synthesise

    if not (name or slices or contest):
        raise ParameterError("say what becomes of the corpus: --name NAME, --slices DIR or --contest DIR")
    with bars():
        if name:
            corpus = synthesise(name, playlists, seed, replace=replace)
            _tell(corpus)
            made = corpus.playlists()
        else:
            from harness.synthetic import generate

            made = generate(playlists, seed)
        if slices:
            from harness.data.mpd.writing import write_slices

            note(f"{len(write_slices(made, slices))} slices in {slices / 'data'}")
        if contest:
            write_contest(made, contest, seed=seed)
            note(f"training slices, challenge_set.json and answers.json in {contest}")


@app.command("list", short_help="Name all corpora.")
def list_corpora() -> None:
    """Name all corpora, and the imports that were stopped."""
    from harness.cli.terminal import note
    from harness.data.importing import unfinished_imports
    from harness.data.store import corpora, find_corpus
    from harness.errors import DataError

    names = corpora()
    width = max(map(len, names), default=0)
    for name in names:
        try:
            found = find_corpus(name)
        except DataError as error:
            note(f"error: {error}")
            continue
        if found is None:
            typer.echo(f"{name:<{width}}  of an older version: make it again with --replace")
        else:
            typer.echo(f"{name:<{width}}  {_size(found)}  {found.manifest.source.get('kind', '')}")
    for name, folder in unfinished_imports().items():
        typer.echo(f"{name}: an import that was stopped; start it again to go on, or delete {folder}")
    if not names:
        typer.echo("no corpus yet: `harness data import SOURCE --name NAME`, or `harness run` makes the synthetic one")


@app.command(short_help="Describe a corpus.")
def info(name: Annotated[str, typer.Argument(help="A corpus's name.")]) -> None:
    """Describe a corpus: counts, lengths, popularity, titles, what is missing, what stands twice."""
    from harness.cli.terminal import bars, console
    from harness.data.summary import summarise
    from harness.report.corpus import show_summary
    from harness.task.corpora import corpus

    with bars():
        stored = corpus(name)
        summary = summarise(stored.playlists())
    typer.echo(f"{stored.name}  {stored.folder}\nfingerprint {stored.fingerprint}")
    show_summary(summary, stored.manifest.notes, console())


@app.command(short_help="Hold a corpus against the MPD's published figures.")
def calibrate(name: Annotated[str, typer.Argument(help="A corpus's name.")] = "synthetic") -> None:
    """Hold a corpus against the published figures of the Million Playlist Dataset, line by line."""
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
        typer.Argument(help="CSV (or .gz) or Parquet: Spotify's column names, and id, uri, track_id or track_uri."),
    ],
    data: Annotated[str, typer.Option("--data", help="A corpus's name.")],
) -> None:
    """Join a file of audio features to a corpus, in place of any that it had; say how much of it is covered."""
    from harness.cli.terminal import bars
    from harness.data.audio_features import coverage, join_features
    from harness.task.corpora import corpus

    with bars():
        joined = join_features(corpus(data), file)
        covered = coverage(joined.playlists())
    assert covered
    typer.echo(
        f"{joined.name}: audio features of {_share(covered.n_known_tracks, covered.n_tracks)} tracks, "
        f"{_share(covered.n_known_entries, covered.n_entries)} entries"
    )
    if covered.missing:
        typer.echo(f"unknown of every track: {', '.join(covered.missing)}")


@app.command(short_help="Principal components of a corpus's playlists.")
def pca(name: Annotated[str, typer.Argument(help="A corpus's name.")] = "synthetic") -> None:
    """In which directions playlists differ by their twelve audio features: explained variance, strongest loadings."""
    from harness.cli.terminal import bars, console
    from harness.data.components import principal_components
    from harness.report.corpus import show_components
    from harness.task.corpora import corpus

    with bars():
        components = principal_components(corpus(name).playlists())
    show_components(components, console())


def _share(n: int, total: int) -> str:
    return f"{n:,} of {total:,} ({n / max(total, 1):.1%})"


def _tell(corpus: StoredCorpus) -> None:
    from harness.cli.terminal import note

    notes = corpus.manifest.notes
    for line in notes.get("told", []):
        note(line)
    for line in notes.get("skipped_list", []):
        note(f"left out: {line}")
    if notes.get("skipped", 0) > len(notes.get("skipped_list", [])):
        note(f"left out: {notes['skipped']} playlists or slices in all")
    typer.echo(f"{corpus.name}: {_size(corpus)}")


def _size(corpus: StoredCorpus) -> str:
    manifest = corpus.manifest
    return f"{manifest.n_playlists:,} playlists, {manifest.n_entries:,} entries, {manifest.n_tracks:,} tracks"
