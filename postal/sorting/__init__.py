"""Sorting: plans as data, one engine for all, and why a piece has its level."""
