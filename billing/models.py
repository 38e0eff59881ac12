"""Rows of the accounts office."""
