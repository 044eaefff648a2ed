"""Reading of hand-made sources in the layouts of other projects."""

import json
from types import SimpleNamespace

import pytest

from harness.data.importing import read_playlists
from harness.data.readers import reader_of, reader_traits
from harness.errors import DataError


@pytest.fixture
def read():
    """`read(source)` -> reader, playlists as pid -> (title, tracks), names, artists, remarks, skipped playlists."""

    def read_source(source):
        plugin = reader_of(source)
        playlists, notes = read_playlists(plugin, source)
        catalog = playlists.catalog
        uris = catalog.tracks["uri"].to_list()
        rows = enumerate(playlists.info.select("pid", "name").iter_rows())
        names = catalog.artists.select("uri", "name").rows()
        return SimpleNamespace(
            reader=reader_traits(plugin).name,
            playlists={pid: (name, [uris[i] for i in playlists.tracks.row(row)]) for row, (pid, name) in rows},
            names=dict(zip(uris, catalog.tracks["name"].to_list(), strict=True)),
            artists={uri: names[i] for uri, i in zip(uris, catalog.artist_of.tolist(), strict=True) if i >= 0},
            remarks=notes.get("remarks", []),
            skipped=notes.get("skipped_list", []),
        )

    return read_source


@pytest.fixture
def refusal():
    """`refusal(source)` -> the error of its reader, one line with the file in it."""

    def refused(source, file=None):
        with pytest.raises(DataError) as caught:
            read_playlists(reader_of(source), source)
        line = str(caught.value)
        assert str(file or source) in line
        assert "\n" not in line
        return line

    return refused


@pytest.fixture
def as_json(tmp_path):
    """`as_json(name, content)` -> path of a JSON file with this content."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        return path

    return write
