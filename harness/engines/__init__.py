"""Engines: where units of work run; files of a shared folder are the only state."""
