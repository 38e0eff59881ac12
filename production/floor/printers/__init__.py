"""Printers that take jobs by the Internet Printing Protocol: what they can, what is sent, and what became of it."""
