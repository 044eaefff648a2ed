"""Hyper-parameter search: each trial is an ordinary run."""
