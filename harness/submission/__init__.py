"""Submissions: written, read, validated and repaired."""
