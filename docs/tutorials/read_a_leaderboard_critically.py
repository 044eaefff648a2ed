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
# # Read a leaderboard critically
#
# A leaderboard sorts runs by means over a sample of playlists. In this tutorial you learn which of its differences to
# believe, and what a mean hides.

# %%
import harness

task = harness.open_task("synthetic")
options = harness.Options("board", own_process=False)
SETTINGS = (("popularity", {}), ("title", {}), ("item-knn", {}), ("item-knn", {"beta": 0.31}), ("co-occurrence", {}))
runs = [harness.evaluate(task, name, params, options) for name, params in SETTINGS]
(board,) = harness.leaderboard("board")
harness.show([board])
board

# %% [markdown]
# ## 1. Ranks have intervals
#
# Another sample of playlists would have given other means, and perhaps another order. The columns `_low` and `_high`
# are 95 % intervals of the means. Runs with the same tie group do not differ significantly from the best run of that
# group.

# %%
table = board.to_polars()
table.select("rank", "tie_group", "run", "ndcg", "ndcg_low", "ndcg_high", "params")

# %% [markdown]
# Two runs of `item-knn` differ by a hundredth in one hyper-parameter. If they share a group, their order says nothing.
#
# ## 2. Intervals that overlap may still hide a difference
#
# All runs answer the same playlists. A hard playlist is hard for everyone, so the difference of two runs varies less
# than their means. Compare pairs, not intervals of means:

# %%
comparison = harness.compare(runs[2], runs[1])
overall = comparison.to_polars().filter(metric="ndcg").head(1)
overall

# %%
harness.plot.differences(comparison, "ndcg")

# %% [markdown]
# `p` is the probability of a difference at least as large if the runs were equally good; `effect` is the difference in
# standard deviations. A small p with a tiny effect is a real difference that nobody would notice.
#
# ## 3. A challenge can only resolve some differences
#
# With few playlists, only large differences are detected. This is the smallest difference that a comparison of two runs
# detects with 80 % power; differences below it are not evidence that the runs are equal.

# %%
smallest = board.uncertainty.smallest
print({name: round(difference, 4) for name, difference in smallest.items()})

# %% [markdown]
# ## 4. The mean mixes ten tasks
#
# A run may win overall and lose where it matters to you, e.g. for new playlists with a title and no track:

# %%
harness.plot.categories(board, "ndcg")

# %% [markdown]
# ## 5. The mean hides the playlists
#
# Most playlists get no hit at the top at all, and a few get many. Look at the distribution, and at single playlists:

# %%
harness.plot.spread(board, "r_precision")

# %%
values = runs[2].values().to_polars()
print("playlists without any R-precision:", values.filter(r_precision=0).height, "of", values.height)
for playlist in comparison.gained[:2]:
    print(playlist.pid, repr(playlist.title), playlist.values)

# %% [markdown]
# ## 6. The best of many is too good
#
# Choose the best of several settings on one holdout, and its mean there is partly luck. The test holdout shows how
# much, because nothing was chosen on it.

# %%
betas = (0.29, 0.3, 0.31)
validation = {beta: harness.evaluate(task, "item-knn", {"beta": beta}, options).means["ndcg"] for beta in betas}
best = max(validation, key=validation.get)
test_task = harness.open_task("synthetic", options=harness.SplitOptions(holdout=harness.Holdout.test))
test = harness.evaluate(test_task, "item-knn", {"beta": best}, options).means["ndcg"]
print(f"beta={best}: NDCG {validation[best]:.4f} on validation, {test:.4f} on test")

# %% [markdown]
# ## 7. Quality has a price
#
# A run that another one beats in both quality and cost has no reason to exist. The dashed line joins the runs that no
# other beats:

# %%
harness.plot.costs(board, "ndcg", cost="seconds")

# %% [markdown]
# ## A checklist
#
# - Same corpus, same split, same metric definition? A leaderboard of this harness never mixes them.
# - Was anything chosen on the holdout that is reported?
# - Is the difference larger than the smallest one that the challenge detects?
# - Does it hold in the categories that matter, and for more than a few playlists?
# - Is a simple baseline on the board, and does the winner beat it by enough to pay for its cost?
# - Synthetic corpora are for speed, format and function. Judge recommenders on real playlists.
