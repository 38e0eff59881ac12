"""Dated facts of the Postal Service: files with source and effective date, and which edition is in force."""
