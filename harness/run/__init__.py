"""Runs: fit, recommend, submit and score one recommender; one folder per run."""
