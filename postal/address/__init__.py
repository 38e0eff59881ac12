"""Addresses: their parts and standard form, what is known of them, ZIP Codes of a whole list."""
