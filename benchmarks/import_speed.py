"""Benchmark of the import of MPD slices against pandas, polars and orjson, in one run, each in a separate process.

All read the same slices and write a comparable store: entries as int32 ids, row bounds, artist and album of each
track as .npy, playlists and catalog as Arrow. Ours also checks md5 sums, faults and order.

The slices are 10,000 synthetic playlists and copies of them with other pids. In the copies, every second track that
occurs once has another URI, so that the catalog grows about as the MPD's does (680,000 tracks at 100,000).

    python benchmarks/import_speed.py --gigabytes 3      # needs the group `bench`: pandas, orjson
    python benchmarks/import_speed.py --open             # opens a store of 1,000,000 playlists
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import polars as pl

BASE = 10_000
PEERS = ("pandas", "polars", "orjson")
TARGETS = {"pandas": 12, "polars": 1.5, "orjson": 1}
TEXT = {"uri": pl.String, "name": pl.String}


def make_slices(folder: Path, gigabytes: float) -> None:
    """Write slices until there are so many bytes."""
    from harness.data.mpd.writing import write_slices
    from harness.synthetic import generate
    from harness.types import Catalog, Playlists

    base = generate(BASE, seed=0)
    catalog = base.catalog
    once = (base.track_counts() == 1) & (np.arange(catalog.n_tracks) % 2 == 0)
    written = copy = 0
    while written < gigabytes * 1e9:
        other = pl.col("uri").str.slice(0, 14) + f"{copy:02d}" + pl.col("uri").str.slice(16)
        tracks = catalog.tracks.with_columns(uri=pl.when(pl.Series(once) & (copy > 0)).then(other).otherwise("uri"))
        owners = catalog.artists, catalog.albums, catalog.artist_of, catalog.album_of, catalog.duration_ms
        info = base.info.with_columns(pid=pl.col("pid") + copy * BASE)
        n = min(BASE, max(int((gigabytes * 1e9 - written) / 33e6 + 1) * 1_000, 1_000))
        part = folder / f"part{copy}"
        paths = write_slices(Playlists(info, base.tracks, Catalog(tracks, *owners)).take(np.arange(n)), part)
        (folder / "data").mkdir(exist_ok=True)
        for path in paths:
            written += path.stat().st_size
            path.rename(folder / "data" / path.name)
        with (folder / "md5sums").open("a") as sums:
            sums.write((part / "md5sums").read_text())
        shutil.rmtree(part)
        copy += 1


def make_zip(folder: Path, path: Path) -> None:
    """The folder as the official zip has it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in [folder / "md5sums", *sorted((folder / "data").iterdir())]:
            archive.write(file, file.relative_to(folder))


def ours(source: Path, out: Path, _most: int) -> int:
    """`harness data import`."""
    from harness.data.importing import import_corpus

    os.environ["HARNESS_DATA"] = str(out)
    return import_corpus(source, "x").manifest.n_entries


class Ids:
    """Numbers by first appearance, the loop that everybody writes."""

    def __init__(self) -> None:
        self.ids: dict = {}
        self.rows: list = []

    def of(self, key, row) -> int:
        number = self.ids.get(key)
        if number is None:
            number = self.ids[key] = len(self.rows)
            self.rows.append(row)
        return number


def by_orjson(source: Path, out: Path, most: int) -> int:
    """Parse with orjson, loop over playlists and tracks."""
    import orjson

    tracks, artists, albums = Ids(), Ids(), Ids()
    entries, lengths, info, artist_of, album_of, durations = [], [], [], [], [], []
    for path in slices(source)[:most]:
        ids = []
        for playlist in orjson.loads(path.read_bytes())["playlists"]:
            info.append((playlist["pid"], playlist["name"], playlist["num_followers"], playlist["modified_at"]))
            lengths.append(len(playlist["tracks"]))
            for entry in sorted(playlist["tracks"], key=lambda entry: entry["pos"]):
                number = tracks.of(entry["track_uri"], (entry["track_uri"], entry["track_name"]))
                ids.append(number)
                if number == len(artist_of):
                    artist_of.append(artists.of(entry["artist_uri"], (entry["artist_uri"], entry["artist_name"])))
                    album_of.append(albums.of(entry["album_uri"], (entry["album_uri"], entry["album_name"])))
                    durations.append(entry["duration_ms"])
        entries.append(np.array(ids, np.int32))
    info = pl.DataFrame(info, schema=["pid", "name", "num_followers", "modified_at"], orient="row")
    frames = {name: pl.DataFrame(ids.rows, schema=TEXT, orient="row") for name, ids in owners(tracks, artists, albums)}
    return save(out, info, np.concatenate(entries), lengths, frames, (artist_of, album_of, durations))


def by_pandas(source: Path, out: Path, most: int) -> int:
    """`json_normalize` slice by slice, as a founding system of the field did."""
    import pandas as pd

    known = {name: {} for name in ("track", "artist", "album")}
    frames = {name: [] for name in known}
    entries, lengths, info, new_tracks = [], [], [], []
    for path in slices(source)[:most]:
        playlists = json.loads(path.read_text())["playlists"]
        rows = pd.json_normalize(playlists, record_path="tracks", meta=["pid"], meta_prefix="playlist_")
        rows = rows.sort_values(["playlist_pid", "pos"], kind="stable")
        info.append(pd.json_normalize(playlists)[["pid", "name", "num_followers", "modified_at", "num_tracks"]])
        lengths.append(rows.groupby("playlist_pid", sort=False).size().to_numpy())
        for name, ids in known.items():
            distinct = rows.drop_duplicates(f"{name}_uri")
            new = distinct[~distinct[f"{name}_uri"].isin(ids.keys())]
            ids.update(zip(new[f"{name}_uri"], range(len(ids), len(ids) + len(new)), strict=True))
            frames[name].append(new[[f"{name}_uri", f"{name}_name"]].set_axis(["uri", "name"], axis=1))
            if name == "track":
                new_tracks.append(new[["artist_uri", "album_uri", "duration_ms"]])
        entries.append(rows["track_uri"].map(known["track"]).to_numpy(np.int32))
    new = pd.concat(new_tracks)
    of = new["artist_uri"].map(known["artist"]), new["album_uri"].map(known["album"]), new["duration_ms"]
    tables = {f"{name}s": pl.from_pandas(pd.concat(parts)) for name, parts in frames.items()}
    return save(out, pl.from_pandas(pd.concat(info)), np.concatenate(entries), np.concatenate(lengths), tables, of)


def by_polars(source: Path, out: Path, most: int) -> int:
    """`read_json`, explode and unnest slice by slice, joins for the ids."""
    info, rows, parts = [], [], []
    for path in slices(source)[:most]:
        playlists = (
            pl.read_json(path, infer_schema_length=None).select(pl.col("playlists").explode()).unnest("playlists")
        )
        info.append(playlists.select("pid", "name", "num_followers", "modified_at", "num_tracks"))
        entries = playlists.select("pid", "tracks").explode("tracks").unnest("tracks")
        entries = entries.sort("pid", "pos", maintain_order=True)
        rows.append(entries["track_uri"])
        parts.append(entries.drop("pid", "pos").unique("track_uri", keep="first", maintain_order=True))
    tracks = pl.concat(parts).unique("track_uri", keep="first", maintain_order=True)
    frames, of = {}, []
    for name in ("artist", "album"):
        frame = tracks.select(f"{name}_uri", f"{name}_name").unique(f"{name}_uri", keep="first", maintain_order=True)
        numbered = frame.select(f"{name}_uri").with_row_index("id")
        of.append(tracks.join(numbered, on=f"{name}_uri", how="left", maintain_order="left")["id"].to_numpy())
        frames[f"{name}s"] = frame
    numbered = tracks.select("track_uri").with_row_index("id")
    ids = [each.to_frame().join(numbered, on="track_uri", how="left", maintain_order="left")["id"] for each in rows]
    frames["tracks"] = tracks.select("track_uri", "track_name")
    info = pl.concat(info)
    of.append(tracks["duration_ms"].to_numpy())
    return save(out, info, pl.concat(ids).to_numpy(), info["num_tracks"].to_numpy(), frames, of)


def slices(source: Path) -> list[Path]:
    return sorted((source / "data").iterdir(), key=lambda path: int(path.name.split(".")[2].split("-")[0]))


def owners(tracks, artists, albums):
    return ("tracks", tracks), ("artists", artists), ("albums", albums)


def save(out: Path, info, entries, lengths, frames, of) -> int:
    """A store such as ours."""
    out.mkdir(parents=True)
    info.write_ipc(out / "info.arrow")
    for name, frame in frames.items():
        frame.write_ipc(out / f"{name}.arrow")
    np.save(out / "entries.npy", np.asarray(entries, np.int32))
    np.save(out / "indptr.npy", np.concatenate([[0], np.cumsum(lengths)]))
    for name, values in zip(("artist_of", "album_of", "duration_ms"), of, strict=True):
        np.save(out / f"{name}.npy", np.asarray(values, np.int32))
    return len(entries)


READERS = {"ours": ours, "pandas": by_pandas, "polars": by_polars, "orjson": by_orjson}


def measure(reader: str, source: Path, scratch: Path, most: int) -> dict[str, float]:
    """One reader in a fresh process: wall and CPU seconds, peak memory of it and its children."""
    shutil.rmtree(scratch, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [
        sys.executable,
        __file__,
        "--reader",
        reader,
        "--source",
        str(source),
        "--out",
        str(scratch),
        "--most",
        str(most),
    ]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    peak, ended = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, peak, ended))
    watcher.start()
    out, _ = process.communicate()
    seconds = time.perf_counter() - start
    ended.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{reader} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu": cpu, "peak": peak[0], "entries": int(out)}


def watch(session: int, peak: list[int], ended: threading.Event) -> None:
    """Keep the greatest sum of resident memory of a session's processes."""
    page = resource.getpagesize()
    while not ended.wait(0.05):
        total = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
                if int(fields[3]) == session:
                    total += int(fields[21]) * page
            except (OSError, ValueError):
                continue
        peak[0] = max(peak[0], total)


def compare(gigabytes: float, peer_slices: int, keep: Path | None) -> None:
    """Print one line a reader, and ours over each peer."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary) / "mpd"
        if not (folder / "md5sums").is_file():
            folder.mkdir(parents=True, exist_ok=True)
            make_slices(folder, gigabytes)
        archive = folder.with_suffix(".zip")
        if not archive.is_file():
            make_zip(folder, archive)
        sizes = [path.stat().st_size for path in slices(folder)]
        print(f"{len(sizes)} slices, {sum(sizes) / 1e9:.2f} GB; peers read {min(peer_slices, len(sizes))} of them")
        runs = [("ours", folder, len(sizes)), ("ours", archive, len(sizes))]
        runs += [(peer, folder, peer_slices) for peer in PEERS]
        speeds = {}
        print(f"{'':14}{'MB/s':>8}{'MB/s CPU':>10}{'seconds':>10}{'peak GB':>10}{'entries':>14}")
        for reader, source, most in runs:
            found = measure(reader, source, Path(temporary) / "out", most)
            megabytes = sum(sizes[:most]) / 1e6
            label = f"{reader}, zip" if source == archive else reader
            speeds[label] = megabytes / found["seconds"]
            print(
                f"{label:14}{speeds[label]:8.0f}{megabytes / found['cpu']:10.0f}{found['seconds']:10.1f}"
                f"{found['peak'] / 1e9:10.2f}{found['entries']:14,}"
            )
        print("MB/s CPU: a core's, were there no waiting and no neighbours; twice that is the most two cores can do")
        for peer in PEERS:
            print(f"ours / {peer}: {speeds['ours'] / speeds[peer]:.1f} (target {TARGETS[peer]})")


def open_large() -> None:
    """Open a store of 1,000,000 playlists, 66 M entries and 2.26 M tracks in a fresh process."""
    from harness.data.store import write_corpus
    from harness.ragged import Ragged
    from harness.synthetic import generate
    from harness.types import Catalog, Playlists

    with tempfile.TemporaryDirectory() as temporary:
        os.environ["HARNESS_DATA"] = temporary
        base = generate(BASE, seed=0)
        times, catalog = 100, base.catalog
        n_copies = -(-2_262_292 // catalog.n_tracks)
        tracks = pl.concat([catalog.tracks.with_columns(pl.col("uri") + f"{i}") for i in range(n_copies)])
        of = (np.tile(each, n_copies) for each in (catalog.artist_of, catalog.album_of, catalog.duration_ms))
        info = pl.concat([base.info.with_columns(pid=pl.col("pid") + i * BASE) for i in range(times)])
        shift = np.repeat(np.arange(times, dtype=np.int32) % n_copies * catalog.n_tracks, len(base.tracks.values))
        values = np.tile(base.tracks.values, times) + shift
        ragged = Ragged.from_lengths(np.tile(base.tracks.lengths, times), values)
        write_corpus(
            Playlists(info, ragged, Catalog(tracks, catalog.artists, catalog.albums, *of)), "x", {"kind": "bench"}
        )
        print(subprocess.run([sys.executable, "-c", OPEN], capture_output=True, text=True, check=True).stdout, end="")


OPEN = """
import time
import polars, pyarrow
from harness.data.store import open_corpus
def anonymous():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon")) / 1024
before, start = anonymous(), time.perf_counter()
playlists = open_corpus("x").playlists()
seconds = time.perf_counter() - start
print(f"opened {len(playlists):,} playlists, {len(playlists.tracks.values):,} entries, {playlists.catalog.n_tracks:,} "
      f"tracks in {seconds:.2f} s (target 2); memory of its own grew by {anonymous() - before:.0f} MiB")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gigabytes", type=float, default=3.0)
    parser.add_argument("--peer-slices", type=int, default=10, help="slices that each peer reads")
    parser.add_argument("--keep", type=Path, help="make the slices in this folder, or take those that are there")
    parser.add_argument("--open", action="store_true", help="time the opening of a store of 1,000,000 playlists")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--most", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reader:
        print(READERS[options.reader](options.source, options.out, options.most))
    elif options.open:
        open_large()
    else:
        compare(options.gigabytes, options.peer_slices, options.keep)
        open_large()


if __name__ == "__main__":
    main()
