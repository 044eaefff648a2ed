"""Searches of hyper-parameters: each trial is an ordinary run."""
