"""Readers of corpora that other projects publish or export, one module per layout."""
