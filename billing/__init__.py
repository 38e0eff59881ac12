"""The accounts office."""
