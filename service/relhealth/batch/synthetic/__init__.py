"""Synthetic message tables of any size, with known conduct, for tests and benchmarks."""
