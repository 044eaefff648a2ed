"""`harness data` through its `main`: exit codes, messages, summaries of corpora and imports."""

import json

import numpy as np
import pytest

from harness.cli import main as cli
from harness.data import manifest, store
from harness.data.mpd import importing
from harness.data.mpd.writing import write_slices
from harness.synthetic import Model, generate


@pytest.fixture
def harness(capsys, monkeypatch):
    """Run the command; (exit code, stdout, stderr)."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["harness", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def source(playlists, tmp_path):
    """One slice of ten playlists."""
    write_slices(playlists.take(np.arange(10)), tmp_path / "source")
    return tmp_path / "source"


def test_import_and_list(harness, source):
    code, out, err = harness("data", "import", source, "--name", "mine")
    corpus = store.open_corpus("mine").manifest
    line = f"10 playlists, {corpus.n_entries:,} entries, {corpus.n_tracks:,} tracks"
    assert (code, out, err) == (0, f"mine: {line}\n", "")
    assert harness("data", "import", source, "--name", "mine") == (0, f"mine: {line}\n", "")
    assert harness("data", "list") == (0, f"mine  {line}  mpd\n", "")


def test_without_corpora_list_names_the_commands_that_make_one(harness):
    code, out, err = harness("data", "list")
    assert (code, err) == (0, "")
    assert out == "no corpus yet: `harness data import SOURCE --name NAME`, or `harness run` makes the synthetic one\n"


def test_a_fault_is_one_line_and_1(harness, tmp_path):
    code, out, err = harness("data", "import", tmp_path, "--name", "mine")
    assert (code, out) == (1, "")
    assert err.startswith(f"error: source {tmp_path} has no known layout; readers and what each needs: ")
    assert err.count("\n") == 1


def test_playlists_left_out_are_listed(harness, source):
    (path,) = (source / "data").iterdir()
    content = json.loads(path.read_text())
    for number in (3, 5):
        del content["playlists"][number]["tracks"][1]["track_uri"]
    path.write_text(json.dumps(content))
    (source / "md5sums").unlink()
    code, out, err = harness("data", "import", source, "--name", "mine")
    remedy = "fix it, or skip such playlists with --skip-bad"
    assert (code, out) == (1, "")
    assert err == f"error: slice {path.name}, playlist 3: track 1 has no track_uri; {remedy}\n"
    code, out, err = harness("data", "import", source, "--name", "mine", "--skip-bad")
    assert code == 0
    assert out.startswith("mine: 8 playlists, ")
    assert err == "".join(f"left out: slice {path.name}, playlist {pid}: track 1 has no track_uri\n" for pid in (3, 5))
    assert "left out by the import" in harness("data", "info", "mine")[1]


def test_an_interrupted_import_is_listed(harness, source, monkeypatch, home):
    with monkeypatch.context() as patch:
        patch.setattr(importing, "_joined", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert harness("data", "import", source, "--name", "mine")[0] == 130
    out = harness("data", "list")[1]
    line = f"mine: interrupted import; run the same command to resume, or delete {home / 'imports' / 'mine'}"
    assert out.splitlines()[0] == line


def test_a_damaged_corpus_does_not_hide_the_others(harness, corpus, playlists):
    store.write_corpus(playlists, "other", {"kind": "test"})
    (corpus.folder / manifest.MANIFEST).write_text("{")
    code, out, err = harness("data", "list")
    assert code == 0
    assert out.startswith("other  600 playlists, ")
    assert err.startswith(f"error: corpus 'small' in {corpus.folder} is damaged (")


@pytest.mark.usefixtures("corpus")
def test_info_describes_a_corpus(harness):
    code, out, err = harness("data", "info", "small")
    assert (code, err) == (0, "")
    for words in (
        "fingerprint ",
        "numbers per playlist",
        "followers: number of playlists",
        "titles of 100 playlists or more",
        "last modification",
        "most frequent titles: number of playlists",
        "missing",
        "duplicates",
    ):
        assert words in out
    assert "audio features of tracks" not in out
    code, out, err = harness("data", "info", "smal")
    assert (code, out) == (1, "")
    assert err.startswith("error: no corpus 'smal', did you mean 'small'?; ")


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize("form", ["terminal", "md", "html", "json"])
def test_a_description_is_written_to_a_file_or_printed(harness, tmp_path, form):
    code, out, err = harness("data", "info", "small", "--format", form)
    assert (code, err) == (0, "")
    assert harness("data", "info", "small", "--format", form, "--output", tmp_path / "file") == (0, "", "")
    assert (tmp_path / "file").read_text(encoding="utf-8") == out


@pytest.mark.usefixtures("corpus")
def test_the_ending_of_the_file_chooses_the_format_of_a_description(harness, tmp_path):
    for name, form in {"x.md": "md", "x.HTML": "html", "x.json": "json", "x.txt": "terminal"}.items():
        assert harness("data", "info", "small", "--output", tmp_path / name) == (0, "", "")
        assert (tmp_path / name).read_text(encoding="utf-8") == harness("data", "info", "small", "--format", form)[1]
    code, out, err = harness("data", "info", "small", "--output", tmp_path / "x.csv")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "no format for the ending .csv; choose one of .md, .json, .html, .htm, .txt, or pass --format" in err
    assert not (tmp_path / "x.csv").exists()


def test_synth_stores_a_corpus_and_writes_slices_and_a_contest(harness, monkeypatch, tmp_path):
    monkeypatch.setattr("harness.synthetic.generate", lambda n, seed: generate(n, seed, Model.small()))
    slices, contest = tmp_path / "slices", tmp_path / "contest"
    code, out, err = harness(
        *("data", "synth", "--playlists", 300, "--name", "tiny", "--slices", slices, "--contest", contest)
    )
    assert (code, out.partition(",")[0]) == (0, "tiny: 300 playlists")
    assert err.splitlines() == [
        f"1 slices in {slices / 'data'}",
        f"training slices, challenge_set.json and answers.json in {contest}",
    ]
    assert sorted(path.name for path in contest.iterdir()) == ["answers.json", "challenge_set.json", "data", "md5sums"]
    code, out, err = harness("data", "synth", "--playlists", 300)
    assert (code, out) == (1, "")
    assert err == "error: no output for the corpus: pass --name NAME, --slices DIR or --contest DIR\n"
