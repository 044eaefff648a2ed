"""Uncertainty of metric values: confidence intervals, paired tests, rank intervals, overall order."""
