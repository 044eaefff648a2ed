"""Metrics: a value per playlist from a list and the withheld tracks."""
