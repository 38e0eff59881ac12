"""The list check: every row mailed, joined or returned with its reasons."""
