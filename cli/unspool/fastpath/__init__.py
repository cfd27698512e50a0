"""Batches of records that differ in one string."""
