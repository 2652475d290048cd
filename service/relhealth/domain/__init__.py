"""Frozen values: what the rest of the house speaks about. No input, no output, no clock."""
