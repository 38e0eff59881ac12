"""Stationery of an agency: identity templates with rules for each value, and orders of cards, sheets and envelopes."""
