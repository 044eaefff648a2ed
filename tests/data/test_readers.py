"""Readers: the one that recognises a source imports it; faults of a reader are one line with its name."""

import pytest

from harness import plugins
from harness.data.importing import import_corpus
from harness.data.readers import reader, reader_of, reader_traits
from harness.errors import DataError, PluginError, RegistryError

READER = """
import polars as pl
import harness

@harness.reader("mine", layout="anything")
class Mine:
    def recognises(self, source):
        return True
    def read(self, source):
        {body}
"""


@pytest.fixture
def mine(tmp_path):
    def write(body):
        (tmp_path / "mine.py").write_text(READER.format(body=body))
        return f"{tmp_path / 'mine.py'}:Mine"

    return write


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.xyz"
    path.write_text("anything")
    return path


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return pl.DataFrame({'playlist': ['1']}), {}", "reader 'mine': its entries lack 'track'"),
        ("return pl.DataFrame({'playlist': [1], 'track': ['a']}), {}", "column 'playlist' of its entries is Int64"),
        ("return pl.DataFrame({'playlist': ['1'], 'track': ['a'], 'x': ['']}), {}", "have an unknown column 'x'"),
        ("return pl.DataFrame({'playlist': ['1'], 'track': [None]}, schema_overrides={'track': pl.String}), {}", "row"),
        ("return [], {}", "must return a polars DataFrame of entries, not list"),
        (
            "return pl.DataFrame({'playlist': ['1'], 'track': ['a']})",
            r"reader 'mine': `read` returned DataFrame: return \(entries, notes\), a DataFrame and a dict",
        ),
        ("return None", r"reader 'mine': `read` returned NoneType: return \(entries, notes\), a DataFrame and a dict"),
        ("return [], {}, 3", r"reader 'mine': `read` returned \(list, dict, int\): return \(entries, notes\)"),
        ("return [], None", r"reader 'mine': `read` returned \(list, NoneType\): return \(entries, notes\)"),
        (
            "return pl.DataFrame({'playlist': ['1'], 'track': ['a']}), {'what': object()}",
            r"reader 'mine': the notes of \(entries, notes\) that `read` returns cannot be stored: give .+",
        ),
        (
            "return pl.DataFrame({'playlist': ['1'], 'track': ['a']}), {'remarks': 'one'}",
            r"reader 'mine': notes\['remarks'\] of \(entries, notes\) that `read` returns is no list of texts",
        ),
        ("raise RuntimeError('own fault')", r"reader 'mine': RuntimeError: own fault \(mine.py, line 10\)"),
    ],
)
def test_a_fault_of_a_reader_names_it(mine, source, body, message):
    with pytest.raises(PluginError, match=message):
        import_corpus(source, "x", reader=mine(body))


def test_a_fault_of_the_file_that_a_reader_reports_is_not_a_fault_of_the_reader(mine, source):
    with pytest.raises(DataError) as caught:
        import_corpus(source, "x", reader=mine("raise harness.DataError('line 3: no title')"))
    assert str(caught.value) == "line 3: no title"


def test_entries_become_playlists_with_titles_artists_and_order(mine, source):
    columns = "'playlist': ['b', 'b', 'a'], 'track': ['x', 'y', 'x'], 'position': [2, 1, 1], 'title': ['t', 't', None]"
    names = "'artist_name': ['Ann', None, 'Ann'], 'track_name': ['X', 'Y', 'X']"
    body = f"return pl.DataFrame({{{columns}, {names}}}), {{'remarks': ['one remark']}}"
    corpus = import_corpus(source, "x", reader=mine(body))
    playlists = corpus.playlists()
    uris = playlists.catalog.tracks["uri"].to_list()
    assert [[uris[track] for track in playlists.tracks.row(row)] for row in range(2)] == [["y", "x"], ["x"]]
    assert playlists.info["name"].to_list() == ["t", ""]
    remark, numbered = corpus.manifest.notes["remarks"]
    assert remark == "one remark"
    assert numbered.startswith("playlists are numbered from 0 in order of appearance: identifiers such as 'b' are not")


def test_a_changed_source_is_another_corpus(mine, source):
    name = mine("return pl.DataFrame({'playlist': ['1'], 'track': [source.read_text()]}), {}")
    first = import_corpus(source, "x", reader=name)
    assert import_corpus(source, "x", reader=name).manifest == first.manifest
    source.write_text("other")
    with pytest.raises(DataError, match="replace"):
        import_corpus(source, "x", reader=name)


def test_a_particular_reader_goes_before_a_general_one_and_two_of_a_kind_are_an_error(monkeypatch, tmp_path):
    def make(name, *, is_general):
        @reader(name, layout="-", is_general=is_general)
        class Any:
            def recognises(self, source):
                return source is not None

        return Any

    made = {name: make(name, is_general=name == "general") for name in ("general", "one", "two")}
    known = ["general", "one"]
    monkeypatch.setattr(plugins, "names", lambda _: dict.fromkeys(known, "-"))
    monkeypatch.setattr(plugins, "create", lambda _, name, __: made[name]())
    assert reader_traits(reader_of(tmp_path)).name == "one"
    known.append("two")
    with pytest.raises(DataError, match=r"fits several readers \(one, two\): name one of them"):
        reader_of(tmp_path)


def test_an_unknown_reader_and_an_unknown_keyword_are_refused(source):
    with pytest.raises(RegistryError, match="no reader 'tabel', did you mean 'table'"):
        import_corpus(source, "x", reader="tabel")
    with pytest.raises(TypeError, match="colour"):
        reader("x", layout="-", colour="red")
