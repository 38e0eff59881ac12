"""Keeping what is kept: backup, restore, verification."""
