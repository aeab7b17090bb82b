"""Benchmarks: the centre's main jobs beside what a user would pick instead, on one machine."""
