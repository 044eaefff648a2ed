"""Files -> Playlists: MPD slices, challenge files, synthetic corpora, and the store that keeps them."""
