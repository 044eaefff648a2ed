"""Data beyond the lists that a metric may need, by name."""

from __future__ import annotations

NEEDS = {
    "train": "the training playlists, `Playlists`",
    "challenge": "the incomplete playlists with their seeds, `Challenge`",
    "artists": "the primary artist of each track, -1 where unknown, (n_tracks,) int32",
    "followers": "the true number of followers of each playlist of the challenge, (n,) float64",
    "groups": "the training playlists by words of their titles, `TitleGroups`; it has the challenge's true titles",
    "audio": "audio features: the `FeatureSpace` of the training playlists",
}
"""Name -> value that `compute` receives under this keyword; a corpus may lack followers and audio features."""
