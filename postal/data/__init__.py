"""Dated facts of the Postal Service: files with source and effective date, their editions and their readers."""
