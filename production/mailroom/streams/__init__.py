"""Streams: chosen from the pool, predicted, planned, shared out among jobs, merged in segments."""
