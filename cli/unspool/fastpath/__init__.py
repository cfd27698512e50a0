"""The fast path: batches of records that differ in one string."""
