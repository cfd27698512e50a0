"""Recording and replay: captures kept with their requests, and served again."""
