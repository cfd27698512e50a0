"""What a run writes: text, chunks, events, reports."""
