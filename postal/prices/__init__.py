"""Prices by date: tables, what one piece pays, what meters should print."""
