"""Benchmark of scoring and writing a submission of 10,000 x 500 against plain Python and ranx, in one run.

Scoring is timed as complete processes, including interpreter start. The plain script is that of a careful
participant: it loads the known URIs with their artists, reads the file, checks every rule and scores with sets.
Writing is timed from lists in memory, against `csv` and `gzip` at its default level. ranx reads the same lists and
withheld tracks as TREC files and computes NDCG and R-precision on tracks, without rules and artists.

    python benchmarks/scoring_speed.py                    # 10 x 1,000 playlists from a corpus of 100,000
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LENGTH = 500
TARGETS = {"submission.csv.gz": 1 / 2, "submission.csv": 1 / 3, "write": 1 / 3}
METRICS = ("r_precision", "ndcg", "clicks")
DRAW = ("--data", "bench", "--per-category")


def plain(submission: str, folder: str) -> None:
    """Check and score a submission with the standard library only; prints the three means."""
    import gzip
    import math

    artist_of = {}
    with Path(folder, "tracks.tsv").open(encoding="utf-8") as file:
        for line in file:
            uri, artist = line.rstrip("\n").split("\t")
            artist_of[uri] = artist
    seeds = json.loads(Path(folder, "seeds.json").read_text(encoding="utf-8"))
    answers = json.loads(Path(folder, "answers.json").read_text(encoding="utf-8"))
    lists = {}
    with (gzip.open if submission.endswith(".gz") else open)(submission, "rt", encoding="utf-8") as file:
        first = True
        for text in file:
            line = text.strip()
            if not line or line.startswith("#"):
                continue
            fields = [field.strip() for field in line.split(",")]
            if first:
                assert fields[0] == "team_info"
                assert len(fields) in (3, 4)
                first = False
                continue
            pid, tracks = fields[0], fields[1:]
            assert pid in seeds
            assert pid not in lists
            assert len(tracks) == LENGTH
            distinct = set(tracks)
            assert len(distinct) == LENGTH
            assert not distinct.intersection(seeds[pid])
            for track in tracks:
                assert track in artist_of
            lists[pid] = tracks
    assert len(lists) == len(seeds)
    discount = [1 / math.log2(rank + 2) for rank in range(LENGTH)]
    ideal = [0.0]
    for gain in discount:
        ideal.append(ideal[-1] + gain)
    values = {name: [] for name in METRICS}
    for pid, tracks in lists.items():
        withheld = set(answers[pid])
        opening = tracks[: len(withheld)]
        artists = {artist_of[track] for track in withheld}
        n_hits = sum(track in withheld for track in opening)
        credit = {artist_of[track] for track in opening if track not in withheld} & artists - {""}
        values["r_precision"].append((n_hits + 0.25 * len(credit)) / len(withheld))
        ranks = [rank for rank, track in enumerate(tracks) if track in withheld]
        values["ndcg"].append(sum(discount[rank] for rank in ranks) / ideal[min(len(withheld), LENGTH)])
        values["clicks"].append(ranks[0] // 10 if ranks else 51)
    print(json.dumps({name: math.fsum(each) / len(each) for name, each in values.items()}))


def ranx(run: str, qrels: str) -> None:
    """Score TREC files with ranx: prints its NDCG."""
    from ranx import Qrels, Run, evaluate

    found = evaluate(
        Qrels.from_file(qrels, kind="trec"), Run.from_file(run, kind="trec"), [f"ndcg@{LENGTH}", "r-precision"]
    )
    print(json.dumps({"ndcg": float(found[f"ndcg@{LENGTH}"])}))


def prepare(folder: Path, n_playlists: int, per_category: int) -> None:
    """Store a corpus, draw its challenge, and write a submission that resembles a recommender's, plain and gzip."""
    import numpy as np

    from harness.data.store import write_corpus
    from harness.submission.header import Team
    from harness.submission.submission import Submission
    from harness.submission.writer import write_submission
    from harness.synthetic import generate
    from harness.task.tasks import SplitOptions, local_task

    task = local_task(
        write_corpus(generate(n_playlists), "bench", {"kind": "benchmark"}),
        SplitOptions(params={"per_category": per_category}),
    )
    challenge, withheld = task.judged
    rng = np.random.default_rng(0)
    entries = task.train.tracks.values
    rows = []
    for row in range(len(challenge)):
        some = np.concatenate([withheld.row(row)[::4], entries[rng.integers(len(entries), size=3 * LENGTH)]])
        distinct = some[np.sort(np.unique(some, return_index=True)[1])]
        rows.append(distinct[~np.isin(distinct, challenge.seeds.row(row))][:LENGTH])
    submission = Submission(challenge, np.array(rows, np.int32))
    for name in ("submission.csv", "submission.csv.gz"):
        write_submission(submission, folder / name, form="aicrowd", team=Team("we", "we@example.org"))
    _write_for_plain(folder, challenge, withheld)
    _write_for_ranx(folder, submission, withheld)
    np.save(folder / "lists.npy", submission.tracks)


def _write_for_ranx(folder: Path, submission, withheld) -> None:
    uris, pids = submission.challenge.catalog.tracks["uri"].to_list(), submission.challenge.pids.tolist()
    with (folder / "lists.run").open("w", encoding="utf-8") as file:
        for pid, row in zip(pids, submission.tracks.tolist(), strict=True):
            file.writelines(
                f"{pid} Q0 {uris[i]} {rank} {LENGTH + 1 - rank} ours\n" for rank, i in enumerate(row, start=1)
            )
    with (folder / "answers.qrels").open("w", encoding="utf-8") as file:
        for at, pid in enumerate(pids):
            file.writelines(f"{pid} 0 {uris[i]} 1\n" for i in withheld.row(at))


def _write_for_plain(folder: Path, challenge, withheld) -> None:
    uris, catalog = challenge.catalog.tracks["uri"].to_list(), challenge.catalog
    artists = [*catalog.artists["uri"].to_list(), ""]
    with (folder / "tracks.tsv").open("w", encoding="utf-8") as file:
        file.writelines(f"{uri}\t{artists[artist]}\n" for uri, artist in zip(uris, catalog.artist_of, strict=True))
    for name, rows in (("seeds", challenge.seeds), ("answers", withheld)):
        lists = {str(pid): [uris[i] for i in rows.row(at)] for at, pid in enumerate(challenge.pids)}
        (folder / f"{name}.json").write_text(json.dumps(lists), encoding="utf-8")


def write(folder: Path, per_category: int) -> dict[str, float]:
    """Seconds to write the same lists: ours, and `csv` into `gzip`."""
    import csv
    import gzip

    import numpy as np

    from harness.submission.header import Team
    from harness.submission.submission import Submission
    from harness.submission.writer import write_submission
    from harness.task.corpora import corpus
    from harness.task.tasks import SplitOptions, local_task

    challenge = local_task(corpus("bench"), SplitOptions(params={"per_category": per_category})).challenge
    submission = Submission(challenge, np.load(folder / "lists.npy"))
    start = time.perf_counter()
    write_submission(submission, folder / "ours.csv.gz", form="aicrowd", team=Team("we", "we@example.org"))
    ours = time.perf_counter() - start
    uris = challenge.catalog.tracks["uri"].to_list()
    rows = [[pid, *(uris[i] for i in row)] for pid, row in zip(challenge.pids, submission.tracks.tolist(), strict=True)]
    start = time.perf_counter()
    with gzip.open(folder / "plain.csv.gz", "wt", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["team_info", "we", "we@example.org"])
        writer.writerows(rows)
    seconds = {"ours": ours, "plain": time.perf_counter() - start}
    same = gzip.decompress((folder / "ours.csv.gz").read_bytes()) == gzip.decompress(
        (folder / "plain.csv.gz").read_bytes()
    )
    assert same, "the two files differ"
    return seconds


def timed(command: list[str], home: Path) -> tuple[float, str]:
    """Wall seconds of a process, and what it printed."""
    start = time.perf_counter()
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "HARNESS_DATA": str(home)}
    )
    return time.perf_counter() - start, done.stdout


def means(printed: str) -> dict[str, float]:
    """The means of either side's JSON."""
    found = json.loads(printed)
    return found if isinstance(found, dict) else {name: found[0][name]["mean"] for name in METRICS}


def compare(folder: Path, name: str, per_category: int, repeats: int) -> bool:
    """Time both sides in turn, check that they agree, print the ratio; whether it is good enough."""
    path = str(folder / name)
    ours = [sys.executable, "-m", "harness.cli.main", "score", path, *DRAW, str(per_category), "--format", "json"]
    theirs = [sys.executable, __file__, "--plain", path, str(folder)]
    runs = [(timed(ours, folder), timed(theirs, folder)) for _ in range(repeats)]
    for (_, mine), (_, other) in runs:
        a, b = means(mine), means(other)
        assert all(abs(a[metric] - b[metric]) <= 1e-12 for metric in METRICS), (a, b)
    return report(f"score {name}", min(mine[0] for mine, _ in runs), min(other[0] for _, other in runs), TARGETS[name])


def beside_ranx(folder: Path, per_category: int) -> None:
    """Time a whole process of either once, and check that they agree on NDCG."""
    path = str(folder / "submission.csv.gz")
    ours = [sys.executable, "-m", "harness.cli.main", "score", path, *DRAW, str(per_category), "--format", "json"]
    theirs = [sys.executable, __file__, "--ranx", str(folder / "lists.run"), str(folder / "answers.qrels")]
    (mine, printed), (other, by_ranx) = timed(ours, folder), timed(theirs, folder)
    assert abs(means(printed)["ndcg"] - json.loads(by_ranx)["ndcg"]) <= 1e-9
    print(
        f"{'score, beside ranx':<26} ours {mine:6.2f} s   ranx  {other:6.2f} s   {mine / other:.3f} of it", flush=True
    )


def report(what: str, ours: float, theirs: float, target: float) -> bool:
    """Print one line of the comparison."""
    good = ours <= target * theirs
    verdict = "reached" if good else "MISSED"
    ratio = f"{ours / theirs:.3f} of it (target {target:.3f}, {verdict})"
    print(f"{what:<26} ours {ours:6.2f} s   plain {theirs:6.2f} s   {ratio}", flush=True)
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--playlists", type=int, default=100_000)
    parser.add_argument("--per-category", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep what is made here, and use it again")
    parser.add_argument("--plain", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--ranx", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.plain:
        plain(*options.plain)
        return
    if options.ranx:
        ranx(*options.ranx)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["HARNESS_DATA"] = str(folder)
        if not (folder / "lists.npy").exists():
            prepare(folder, options.playlists, options.per_category)
        good = [compare(folder, name, options.per_category, options.repeats) for name in list(TARGETS)[:2]]
        beside_ranx(folder, options.per_category)
        seconds = [write(folder, options.per_category) for _ in range(options.repeats)]
        ours, theirs = (min(each[side] for each in seconds) for side in ("ours", "plain"))
        good.append(report("write submission.csv.gz", ours, theirs, TARGETS["write"]))
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
