"""Scores -> ranked lists: the best k, lists completed by a fallback, lists fused."""
