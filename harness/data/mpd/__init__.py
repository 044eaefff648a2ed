"""Reading, merging and writing of slices of the Million Playlist Dataset."""
