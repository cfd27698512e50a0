"""Bytes around the text: compression, encodings of characters, and Amazon's binary messages."""
