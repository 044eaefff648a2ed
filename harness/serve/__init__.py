"""Local page to build a playlist, compare two recommenders' continuations, and play a radio."""
