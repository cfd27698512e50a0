"""Sinks: text, chunks, events, reports."""
