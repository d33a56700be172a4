"""Benchmarks: Marotte beside the other ways to run JavaScript in Python, in one run."""
