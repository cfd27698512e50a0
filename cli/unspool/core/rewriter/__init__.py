"""From a received chunk to the rewritten chunk and its events."""
