"""The pure core: standard library only; no IO, no clock, no logging."""
