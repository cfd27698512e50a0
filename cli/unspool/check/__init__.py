"""Captures against their expected output."""
