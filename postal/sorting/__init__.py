"""Sorting: one engine for all plans, the trays and bundles it fills, and why a piece has its level."""
