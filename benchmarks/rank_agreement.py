"""Agreement of rankings: the order of recommenders by NDCG on synthetic corpora compared with that on real ones.

    python benchmarks/rank_agreement.py --corpora DIR --output build/rank_agreement.md

DIR contains `polimi-dev` (data/, challenge_set.json, answers.json) and `soundscout-dev` (data/). Each real corpus has a
synthetic counterpart of its size, cut in the same way. Kendall's tau compares the two orders; 1 is the same order.
The ceiling is the tau between the orders on two halves of the real challenge's playlists: sampling error alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import polars as pl
import typer
from scipy.stats import kendalltau

from harness import registry
from harness.data.importing import import_corpus
from harness.fingerprint import Fingerprint
from harness.identities import ChallengeFile, CorpusId, Holdout
from harness.kit.randomness import hashes
from harness.metrics.catalogue import metric_named
from harness.metrics.values import measure_lists
from harness.ragged import Ragged
from harness.rules import TRACKS_PER_PLAYLIST
from harness.run.lists import Fallbacks
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import generate
from harness.task.split_options import SplitOptions
from harness.task.tasks import Task, local_task, official_task
from harness.types import Challenge, Playlists, Split

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TARGETS = {"max_targets": 25_000}
"""All tracks of polimi-dev; of soundscout-dev those that occur most, as the others occur once."""

CONFIGURATIONS: dict[str, tuple[str, dict[str, object]]] = {
    "popularity": ("popularity", {}),
    "co-occurrence": ("co-occurrence", {"expansion": "never"}),
    "cosine": ("item-knn", {"similarity": "cosine", "shrink": 0.0}),
    "cosine, shrink 10": ("item-knn", {"similarity": "cosine", "shrink": 10.0}),
    "cosine, 50 neighbours": ("item-knn", {"similarity": "cosine", "shrink": 0.0, "neighbours": 50}),
    "asymmetric cosine .3": ("item-knn", {"similarity": "asymmetric-cosine", "shrink": 0.0, "alpha": 0.3}),
    "asymmetric cosine .7": ("item-knn", {"similarity": "asymmetric-cosine", "shrink": 0.0, "alpha": 0.7}),
    "bm25": ("item-knn", {"similarity": "bm25", "shrink": 0.0}),
    "p3alpha .5": ("item-knn", {"similarity": "p3alpha", "shrink": 0.0, "alpha": 0.5}),
    "p3alpha 1": ("item-knn", {"similarity": "p3alpha", "shrink": 0.0, "alpha": 1.0}),
    "rp3beta .7 .3": ("item-knn", {"similarity": "rp3beta", "shrink": 0.0, "alpha": 0.7, "beta": 0.3}),
    "rp3beta .5 .5": ("item-knn", {"similarity": "rp3beta", "shrink": 0.0, "alpha": 0.5, "beta": 0.5}),
    "rp3beta 1 .7": ("item-knn", {"similarity": "rp3beta", "shrink": 0.0, "alpha": 1.0, "beta": 0.7}),
    "slim l1 0 l2 20": ("slim", {"l1": 0.0, "l2": 20.0, **TARGETS}),
    "slim l1 0 l2 100": ("slim", {"l1": 0.0, "l2": 100.0, **TARGETS}),
    "slim l1 0 l2 500": ("slim", {"l1": 0.0, "l2": 500.0, **TARGETS}),
    "slim l1 .5 l2 20": ("slim", {"l1": 0.5, "l2": 20.0, **TARGETS}),
    "slim l1 1 l2 100": ("slim", {"l1": 1.0, "l2": 100.0, **TARGETS}),
    "als 32": ("als", {"factors": 32}),
    "als 64": ("als", {"factors": 64}),
    "als 128": ("als", {"factors": 128}),
    "als 64, alpha 5": ("als", {"factors": 64, "alpha": 5.0}),
    "als 64, regularization 50": ("als", {"factors": 64, "regularization": 50.0}),
    "playlist-knn": ("playlist-knn", {}),
    "playlist-knn, 100 neighbours": ("playlist-knn", {"neighbours": 100}),
    "playlist-knn, 4000 neighbours": ("playlist-knn", {"neighbours": 4_000}),
    "playlist-knn, damping 0": ("playlist-knn", {"damping": 0.0}),
    "playlist-knn, amplification 1": ("playlist-knn", {"amplification": 1.0}),
    "word2vec": ("word2vec", {}),
    "word2vec, popularity 0": ("word2vec", {"popularity": 0.0}),
    "mean-variance": ("mean-variance", {}),
}
"""Label -> recommender and hyper-parameters."""

FREQUENT, FREQUENT_SHARE, MOST_ENTRIES, LEAST_ENTRIES = 50_000, 0.45, 100, 5
"""A random share of the most frequent tracks, and the first entries, leave playlists as long as those of polimi-dev."""

CUT_CHALLENGE, CUT_LEAST, CUT_WITHHELD, CUT_ORDERED = 4_000, 10, 5, 5_000
"""Challenge playlists of polimi-dev and their least length; one entry in so many is withheld; playlists in order."""


N_RESAMPLES = 500
"""Bootstrap samples for the interval of tau."""


@dataclass(frozen=True)
class Pair:
    """A real task and its synthetic counterpart.

    Attributes:
        name: name of the real corpus.
        real: makes the real task from the folder of the corpora.
        synthetic: makes the synthetic task.
    """

    name: str
    real: Callable[[Path], Task]
    synthetic: Callable[[int], Task]


def main(
    corpora: Annotated[Path | None, typer.Option(help="Folder of the real corpora.")] = None,
    cache: Annotated[Path, typer.Option(help="Folder for finished results.")] = Path("build/rank_agreement"),
    only: Annotated[str | None, typer.Option(help="One of the real corpora instead of both.")] = None,
    finished: Annotated[bool, typer.Option(help="Compare finished configurations; evaluate no others.")] = False,  # noqa: FBT002 - an option of typer
    seed: int = 0,
    output: Annotated[Path | None, typer.Option(help="Write the tables here too.")] = None,
) -> None:
    """Evaluate every configuration on each pair of corpora, and print the tables."""
    if corpora is None:
        print("no real corpora to compare with: pass --corpora DIR")
        return
    pairs = [pair for pair in PAIRS if only in (None, pair.name)]
    if not pairs:
        raise typer.BadParameter(f"{only!r} is none of {', '.join(pair.name for pair in PAIRS)}", param_hint="--only")
    lines = []
    for pair in pairs:
        tasks = pair.real(corpora), pair.synthetic(seed)
        lines += report(pair.name, *(evaluate(task, cache, finished=finished) for task in tasks))
    print("\n".join(lines))
    if output:
        output.write_text("\n".join([*lines, ""]), encoding="utf-8")


def evaluate(task: Task, cache: Path, *, finished: bool = False) -> NDArray[np.float64]:
    """NDCG of every configuration on every playlist of a task, (n_configurations, n).

    Finished configurations are read from the cache; the others are evaluated, or NaN where only finished ones count.
    """
    folder = cache / fingerprint(task)
    folder.mkdir(parents=True, exist_ok=True)
    fallbacks = Fallbacks(task)
    values = []
    for number, (label, (name, params)) in enumerate(CONFIGURATIONS.items(), 1):
        path = folder / f"{Fingerprint().texts([name, repr(sorted(params.items()))])}.npy"
        if not path.exists() and finished:
            values.append(np.full(len(task.challenge), np.nan))
            continue
        if not path.exists():
            print(f"{number} of {len(CONFIGURATIONS)}: {label}", flush=True)
            np.save(path, ndcg(task, fallbacks, name, params))
        values.append(np.load(path))
    return np.array(values)


def ndcg(task: Task, fallbacks: Fallbacks, name: str, params: dict[str, object]) -> NDArray[np.float64]:
    """NDCG of one configuration on every playlist, (n,), short lists completed as in a run."""
    recommender = registry.create(name, params)
    recommender.fit(task.train, task.challenge)
    tracks = fallbacks.complete(recommender.recommend(task.challenge, TRACKS_PER_PLAYLIST).tracks)
    assert task.judged
    return measure_lists(tracks, *task.judged, [metric_named("ndcg")]).values["ndcg"]


def fingerprint(task: Task) -> str:
    """Identity of a task's contents: training set, challenge and withheld tracks."""
    assert task.judged
    digest = Fingerprint()
    for rows in (task.train.tracks, task.challenge.seeds, task.judged[1]):
        digest.array(rows.indptr).array(rows.values)
    return str(digest.texts(task.train.info["name"].to_list()).texts(task.challenge.names))


def report(name: str, real: NDArray[np.float64], synthetic: NDArray[np.float64]) -> list[str]:
    """Kendall's tau, and the configurations with both NDCGs and ranks, the best on the real corpus first."""
    both = np.isfinite(real[:, 0]) & np.isfinite(synthetic[:, 0])
    labels = [label for label, is_finished in zip(CONFIGURATIONS, both, strict=True) if is_finished]
    real, synthetic = real[both], synthetic[both]
    real_mean, synthetic_mean = real.mean(axis=1), synthetic.mean(axis=1)
    tau = kendalltau(real_mean, synthetic_mean).statistic
    ceiling = kendalltau(real[:, ::2].mean(axis=1), real[:, 1::2].mean(axis=1)).statistic
    low, high = tau_interval(real, synthetic)
    ranks = [rank(real_mean), rank(synthetic_mean)]
    agreement = (
        f"Kendall's tau {tau:.3f} [{low:.3f}, {high:.3f}] over {len(real)} configurations; ceiling {ceiling:.3f}."
    )
    lines = [f"## {name}", "", agreement, ""]
    lines += [f"| configuration | NDCG {name} | rank | NDCG synthetic | rank |", "|---|---|---|---|---|"]
    lines += [
        f"| {labels[i]} | {real_mean[i]:.4f} | {ranks[0][i]} | {synthetic_mean[i]:.4f} | {ranks[1][i]} |"
        for i in np.argsort(ranks[0])
    ]
    return [*lines, ""]


def tau_interval(real: NDArray[np.float64], synthetic: NDArray[np.float64]) -> tuple[float, float]:
    """95 % interval of tau by bootstrap over the playlists of both tasks."""
    rng = np.random.default_rng(0)
    means = []
    for values in (real, synthetic):
        n = values.shape[1]
        means.append(rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES) / n @ values.T)
    taus = [kendalltau(one, other).statistic for one, other in zip(*means, strict=True)]
    low, high = np.quantile(taus, [0.025, 0.975])
    return float(low), float(high)


def rank(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rank of each value from 1, the highest first, (n,)."""
    ranks = np.empty(len(values), np.int64)
    ranks[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
    return ranks


def polimi(corpora: Path) -> Task:
    """The 4,000 incomplete playlists of polimi-dev."""
    folder = corpora / "polimi-dev"
    corpus = import_corpus(folder / "data", "polimi-dev")
    return official_task(corpus, folder / "challenge_set.json", folder / "answers.json")


def soundscout(corpora: Path) -> Task:
    """The first draw of soundscout-dev, 100 playlists a category."""
    corpus = import_corpus(corpora / "soundscout-dev" / "data", "soundscout-dev")
    return local_task(corpus, SplitOptions(params={"per_category": 100}))


def synthetic_polimi(seed: int) -> Task:
    """55,300 synthetic playlists, of which about 50,000 remain, in the form of polimi-dev."""
    return cut_frequent(generate(55_300, seed), seed)


def synthetic_soundscout(seed: int) -> Task:
    """3,503 synthetic playlists, as long as those of soundscout-dev, in the same local split."""
    return split_like(longer(generate(10_000, seed), 3_503, seed))


def split_like(playlists: Playlists) -> Task:
    """The first draw, 100 playlists a category."""
    return as_task(ChallengeSplit(per_category=100).cut(playlists, 0).split_of(playlists, Holdout.validation))


def longer(playlists: Playlists, n: int, seed: int) -> Playlists:
    """N playlists drawn with probability proportional to length, as playlists with followers are longer."""
    uniform = (hashes(seed, "longer", playlists.info["pid"].to_numpy()).astype(np.float64) + 1) / 2.0**64
    drawn = np.argsort(np.log(1 / uniform) / playlists.tracks.lengths, kind="stable")[:n]
    return compact(playlists.take(np.sort(drawn)))


def cut_frequent(playlists: Playlists, seed: int) -> Task:
    """Frequent tracks only, no titles, no order, a fifth of some playlists withheld, their rest in the training set."""
    frequent = np.argsort(-playlists.track_counts(), kind="stable")[:FREQUENT]
    kept = np.zeros(playlists.catalog.n_tracks, np.bool_)
    kept[frequent[hashes(seed, "frequent", frequent) < np.uint64(FREQUENT_SHARE * 2.0**64)]] = True
    tracks = playlists.tracks
    tracks = tracks.keep(kept[tracks.values] & ~tracks.is_repeat)
    tracks = tracks.keep(tracks.places < MOST_ENTRIES)
    untitled = playlists.info.with_columns(name=pl.lit(""))
    cut = Playlists(untitled, tracks, playlists.catalog)
    return withhold(compact(cut.take(tracks.lengths >= LEAST_ENTRIES)), seed)


def withhold(playlists: Playlists, seed: int) -> Task:
    """Withhold the last fifth of half of the challenge's playlists and a random fifth of the others."""
    pids, tracks = playlists.info["pid"].to_numpy(), playlists.tracks
    order = np.argsort(hashes(seed, "order", pids), kind="stable")
    chosen = order[tracks.lengths[order] >= CUT_LEAST][:CUT_CHALLENGE]
    last, at_random = chosen[: CUT_CHALLENGE // 2], chosen[CUT_CHALLENGE // 2 :]
    ordered = np.union1d(order[: CUT_ORDERED - len(last)], last)
    n_withheld = np.zeros(len(tracks), np.int64)
    n_withheld[chosen] = np.maximum(1, tracks.lengths[chosen] // CUT_WITHHELD)
    by_hash = hashes(seed, "place", pids[tracks.row_ids], tracks.places)
    keys = by_hash.astype(np.float64)
    in_order = np.isin(tracks.row_ids, np.setdiff1d(ordered, at_random))
    keys[in_order] = tracks.places[in_order]
    shuffled = Ragged(tracks.indptr, tracks.values[np.lexsort((keys, tracks.row_ids))])
    shown = shuffled.places < (shuffled.lengths - n_withheld)[shuffled.row_ids]
    seeds, withheld = shuffled.keep(shown), shuffled.keep(~shown).take(chosen)
    info = pl.DataFrame(
        {
            "pid": pids[chosen] + 1_000_000,
            "name": pl.Series([None] * len(chosen), dtype=pl.String),
            "num_holdouts": withheld.lengths,
            "category": np.zeros(len(chosen), np.int64),
        }
    )
    challenge = Challenge(info, seeds.take(chosen), playlists.catalog)
    return as_task(Split(Playlists(playlists.info, seeds, playlists.catalog), challenge, withheld))


def compact(playlists: Playlists) -> Playlists:
    """The same playlists over the tracks that occur."""
    counts = playlists.track_counts()
    occurring = np.flatnonzero(counts)
    ids = np.cumsum(counts > 0, dtype=np.int32) - np.int32(1)
    catalog = playlists.catalog
    catalog = replace(
        catalog,
        tracks=catalog.tracks[occurring],
        artist_of=catalog.artist_of[occurring],
        album_of=catalog.album_of[occurring],
        duration_ms=catalog.duration_ms[occurring],
        audio=None,
    )
    tracks = Ragged(playlists.tracks.indptr, ids[playlists.tracks.values])
    return Playlists(playlists.info, tracks, catalog)


def as_task(split: Split) -> Task:
    """The task of a split."""
    return Task(
        split.train,
        split.challenge,
        (split.challenge, split.withheld),
        CorpusId("", ""),
        ChallengeFile(file="", fingerprint=""),
    )


PAIRS = (Pair("polimi-dev", polimi, synthetic_polimi), Pair("soundscout-dev", soundscout, synthetic_soundscout))
"""The real corpora, each with its synthetic counterpart."""


if __name__ == "__main__":
    typer.run(main)
