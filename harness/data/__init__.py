"""Reading and storing playlists: MPD slices, tables, challenge files, audio features and the corpus store."""
