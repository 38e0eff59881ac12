"""Addresses: their parts and standard form, what is known of them, the ZIP Codes of a whole list."""
