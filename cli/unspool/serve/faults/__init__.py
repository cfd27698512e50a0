"""Faults on the way to the client, and the report on what the client did."""
