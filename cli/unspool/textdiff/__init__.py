"""Differences between two texts: alignment, words, colours."""
