"""Regression checks: captures against their expectations, and two streams by meaning."""
