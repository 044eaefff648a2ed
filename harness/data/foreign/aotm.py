"""Reader `aotm`: AOTM-2011, the mixes of Art of the Mix as JSON.

Source of the layout: McFee and Lanckriet, Hypergraph models of playlist dialects, ISMIR 2012;
https://bmcfee.github.io/data/aotm2011.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from harness.data.foreign.json_files import beginning, read_json
from harness.data.foreign.playlist_rows import entries_and_notes
from harness.data.readers import reader

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

NEEDS = 'a list of {"mix_id": 1, "playlist": [[["artist", "title"], "song id or null"], …]}'


class Mix(msgspec.Struct):
    """A mix: its number, and artist, title and Million Song Dataset id of each song; the id is null if unmatched."""

    mix_id: int
    playlist: list[tuple[tuple[str | None, str | None], str | None]]


@reader("aotm", layout="JSON with mix_id")
class AotmReader:
    """Mixes of AOTM-2011; a song keeps its id, and a song without id is identified by artist and title."""

    def recognises(self, source: Path) -> bool:
        """Return True if the first mix has a number and songs."""
        begin = beginning(source)
        return begin.startswith(b"[") and b'"mix_id"' in begin

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of all mixes, and a remark about songs without id.

        Raises:
            DataError: the file is damaged or has another layout, or two mixes have the same number.
        """
        mixes, remarks = read_json(source, list[Mix], NEEDS)
        songs = [[song for song in mix.playlist if song[1] or any(song[0])] for mix in mixes]
        n_unmatched = sum(not identifier for mix in songs for _, identifier in mix)
        if n_unmatched:
            remarks.append(f"identified by artist and title: {n_unmatched:,} entries without a song id")
        lists: dict[str, list[list[str | None]]] = {
            "track": [[identifier or _name_id(*names) for names, identifier in mix] for mix in songs],
            "track_name": [[title for (_, title), _ in mix] for mix in songs],
            "artist_name": [[artist for (artist, _), _ in mix] for mix in songs],
        }
        return entries_and_notes(source, [str(mix.mix_id) for mix in mixes], lists, remarks=remarks)


def _name_id(artist: str | None, title: str | None) -> str:
    """Identifier of an unmatched song: lower-case artist and title, percent-encoded."""
    return f"{quote((artist or '').strip().lower())}/{quote((title or '').strip().lower())}"
