"""Streams: chosen from the pool, predicted, planned, merged in segments."""
