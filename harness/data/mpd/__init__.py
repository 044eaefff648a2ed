"""Slices of the Million Playlist Dataset: found, parsed, merged, written."""
