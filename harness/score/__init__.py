"""Lists and withheld tracks -> a value a playlist and metric."""
