"""What HTTP clients print around a body: heads, chunk sizes, meters, tables."""
