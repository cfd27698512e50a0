"""Bytes to records and back: JSONL, server-sent events, JSON arrays, AWS event streams."""
