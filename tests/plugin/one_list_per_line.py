"""A reader of playlists as lines of text."""

import polars as pl

import harness


@harness.reader("one-list-per-line", layout="a .playlists file of lines: title, tab, tracks with blanks between")
class OneListPerLine:
    """Read `title<tab>track track track`, a playlist per line."""

    def recognises(self, source):
        return source.suffix == ".playlists"

    def read(self, source):
        rows = []
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
            title, tab, tracks = line.partition("\t")
            if not tab:
                raise harness.DataError(f"{source}, line {number}: no tab after the title; write title, tab, tracks")
            rows += [(str(number), title, track) for track in tracks.split()]
        return pl.DataFrame(rows, schema=["playlist", "title", "track"], orient="row"), {}
