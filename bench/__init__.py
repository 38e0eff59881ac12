"""Timings against peers, one JSON line a measurement: ``python -m bench``."""
