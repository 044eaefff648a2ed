"""Measures of a corpus; each module's functions return values by the name of their line in the calibration."""
