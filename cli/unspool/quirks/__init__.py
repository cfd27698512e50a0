"""Quirks, departures from the contract: their catalogue, and an inspector of chunk shapes. Pure; only lint loads it."""
