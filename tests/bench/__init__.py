"""Measurements, as ratios from one run; no test asserts on time."""
