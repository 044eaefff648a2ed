"""Measures of a corpus; each module's functions return values by the name of their line in the calibration.

A measure leaves out a value, or returns NaN, if the corpus is too small for it or lacks what it needs: artists, albums,
durations, names or a column of `info`.
"""
