"""The edges: bytes and JSON, sources and sinks, the queue interface."""
