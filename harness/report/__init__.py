"""Scores -> leaderboards, for people and for programs."""
