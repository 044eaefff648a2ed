"""Tasks: a corpus with one of its splits, or with a challenge file."""
