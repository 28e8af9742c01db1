"""Measurements of what must be fast; each module runs with `python -m benchmarks.NAME`."""
