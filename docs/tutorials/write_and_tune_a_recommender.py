# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Write and tune a recommender
#
# A recommender is a class with `fit` and `recommend` in one file. In this tutorial you write one, break its contract
# once to see the message, choose a hyper-parameter on the validation holdout, and judge the choice on the test holdout.

# %%
from pathlib import Path

import harness

# %% [markdown]
# ## The recommender
#
# It recommends the most frequent tracks of the artists whose tracks are seeds. `fit` receives the training playlists
# and the challenge; tracks are numbers, rows of `train.catalog`. `recommend` returns at most `k` tracks per playlist,
# best first, without seeds. Fields of the class are hyper-parameters, and the text below a field describes it.
#
# The class must be in a file, because a run is made in a process of its own, and because the record of the run keeps a
# digest of the code that made it.

# %%
CODE = '''
import numpy as np

import harness


@harness.recommender("same-artists")
class SameArtists:
    """Recommend the most frequent tracks of the seeds' artists."""

    per_artist: int = 20
    """Greatest number of tracks of one artist."""

    def fit(self, train, challenge):
        del challenge
        self.counts_ = train.track_counts().astype(np.float32)
        self.artist_of_ = train.catalog.artist_of + 1  # an unknown artist becomes row 0
        order = np.lexsort((-self.counts_, self.artist_of_))
        self.by_artist_ = harness.Ragged.from_lengths(np.bincount(self.artist_of_), order)

    def recommend(self, challenge, k):
        tracks = np.full((len(challenge), k + challenge.seeds.lengths.max(initial=0)), -1, np.int32)
        for row in range(len(challenge)):
            seeds = challenge.seeds.row(row)
            artists = np.unique(self.artist_of_[seeds[seeds < len(self.artist_of_)]])
            candidates = [self.by_artist_.row(artist)[: self.per_artist] for artist in artists if artist]
            best = np.concatenate([np.empty(0, np.int32), *candidates])
            best = best[np.argsort(-self.counts_[best], kind="stable")][: tracks.shape[1]]
            tracks[row, : len(best)] = best
        return harness.kit.without_seeds(tracks, self.counts_[tracks], challenge.seeds, k)
'''
Path("same_artists.py").write_text(CODE)
NAME = "same_artists.py:SameArtists"

# %% [markdown]
# ## A first run
#
# Lists with fewer than 500 tracks are completed with tracks of the title and then with popular ones; the record states
# their share. This recommender returns few tracks for few seeds, and none without a seed. (`own_process=False` runs in
# this process: it starts sooner, and its costs are less exact.)

# %%
task = harness.open_task("synthetic")
options = harness.Options("runs", own_process=False)
first = harness.evaluate(task, NAME, options=options)
print(first)
print(f"{first.record.share_filled:.0%} of the tracks come from the fallback")

# %% [markdown]
# ## The contract
#
# The harness checks each list. Here the seeds are not removed, which a submission must not contain. One line names
# recommender, playlist, rank and rule, and nothing is stored.

# %%
CHECKED = "harness.kit.without_seeds(tracks, self.counts_[tracks], challenge.seeds, k)"
UNCHECKED = "harness.Ranked(np.ascontiguousarray(tracks[:, :k]), self.counts_[tracks[:, :k]])"
Path("broken.py").write_text(CODE.replace(CHECKED, UNCHECKED).replace("same-artists", "broken"))
try:
    harness.evaluate(task, "broken.py:SameArtists", options=options)
except harness.ContractError as error:
    print(error)

# %% [markdown]
# ## Choose on the validation holdout
#
# A split has two disjoint challenges: `validation`, which is the default, and `test`. Every value that you try on
# validation makes its best value more optimistic, so the final comparison is made once, on test.

# %%
CANDIDATES = (5, 20, 80)
runs = {n: harness.evaluate(task, NAME, {"per_artist": n}, options) for n in CANDIDATES}
for n, run in runs.items():
    print(f"per_artist={n}: NDCG {run.means['ndcg']:.4f}")
chosen = max(runs, key=lambda n: runs[n].means["ndcg"])

# %% [markdown]
# The same search on the command line, with every combination or with sampled ones:
#
# ```console
# $ harness tune --recommender ./same_artists.py:SameArtists --param per_artist=5,20,80
# ```

# %% [markdown]
# ## Judge on the test holdout
#
# Is the chosen value better than the default, and is the recommender better than popularity? Both runs answer the same
# playlists, so the differences are paired, and their intervals are narrower than those of the means.

# %%
test = harness.open_task("synthetic", options=harness.SplitOptions(holdout=harness.Holdout.test))
final = harness.evaluate(test, NAME, {"per_artist": chosen}, options)
baseline = harness.evaluate(test, "popularity", options=options)
comparison = harness.compare(final, baseline)
comparison.to_polars().filter(metric="ndcg")

# %%
harness.plot.differences(comparison, "ndcg")

# %% [markdown]
# Where the interval excludes 0, the difference is larger than chance explains. Category 1 has no seeds: there the
# recommender has nothing of its own to say, and the fallback answers.
#
# Register the class as a plug-in (one line in a `pyproject.toml`) to run it by its name.
#
# Next: [read a leaderboard critically](read_a_leaderboard_critically.py).
