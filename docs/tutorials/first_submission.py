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
# # Your first submission
#
# A challenge consists of incomplete playlists. A submission recommends 500 tracks for each of them. In this tutorial
# you open a task, run two recommenders, look at what they recommend, and validate a submission file.
#
# The text is a notebook in jupytext's percent format: open it in Jupyter with the jupytext extension, or run it with
# `python first_submission.py`.

# %%
import subprocess
import sys

import harness

# %% [markdown]
# ## A task
#
# A task is a training set and a challenge. `synthetic` is a generated corpus of 10,000 playlists, made on first use.
# With your own data, import it once (`harness data import SOURCE --name mine`) and write `"mine"` instead.

# %%
task = harness.open_task("synthetic")
task

# %% [markdown]
# The training set has complete playlists. One row is one entry.

# %%
task.train

# %% [markdown]
# The challenge shows a title, some seed tracks, or both. Its ten categories differ in what they show: category 1 has a
# title and no seed, category 10 has 100 seeds drawn at random. Recommenders see the challenge, never the withheld
# tracks; neither does this notebook, unless you ask for hits.

# %%
challenge = task.challenge
challenge.info.group_by("category").len().sort("category")

# %% [markdown]
# ## Two runs
#
# `popularity` recommends the same popular tracks to everyone. `title` reads the titles. `evaluate` fits, recommends,
# writes the submission and scores it. A finished run is kept in `./submissions`: the second call returns at once.

# %%
popularity = harness.evaluate(task, "popularity")
title = harness.evaluate(task, "title")
title

# %% [markdown]
# The lists, with names, and with `hit` because this task knows its withheld tracks:

# %%
lists = title.lists(k=10)
lists.head(10)

# %% [markdown]
# A metric has one value per playlist. Their means rank the runs:
#
# - R-precision: share of the withheld tracks that are among the first |G| recommendations, |G| being their number; a
#   right artist counts a quarter,
# - NDCG: hits count more at the top of the list,
# - clicks: how often a listener asks for ten more tracks until the first hit; lower is better.

# %%
values = title.values().to_polars()
print(values.describe())

# %%
board = harness.leaderboard()
harness.show(board)
board

# %% [markdown]
# Some categories are much harder than others. A mean over all of them hides that:

# %%
harness.plot.categories(board, "ndcg")

# %% [markdown]
# ## The submission
#
# The file that a contest receives has a line with your team, and one line per playlist: its number and 500 track URIs.
# `submission()` reads the file again and checks every rule: 500 distinct tracks, no seed, no playlist missing.

# %%
submission = title.submission()
submission

# %%
path = title.folder / "submission.csv.gz"
check = subprocess.run([sys.executable, "-m", "harness", "validate", path], capture_output=True, text=True, check=True)
print(check.stdout, check.stderr)

# %% [markdown]
# ## In a contest
#
# With a challenge file of a contest, everything is the same, but nothing can be scored, since only the organisers know
# the withheld tracks. Name your team, and upload the file:
#
# ```console
# $ harness run --data mpd --recommender title --challenge challenge_set.json --team "My Team" --email me@example.org
# ```
#
# Next: [write and tune a recommender](write_and_tune_a_recommender.py).
