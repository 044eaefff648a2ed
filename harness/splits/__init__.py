"""Splits: playlists cut into a training set, a challenge and withheld tracks."""
