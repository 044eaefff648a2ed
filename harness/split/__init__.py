"""Playlists -> Split: local challenges that resemble the official one."""
