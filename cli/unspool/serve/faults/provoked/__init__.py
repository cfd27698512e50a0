"""Quirks that the server can provoke: the table of lint, run backwards."""
