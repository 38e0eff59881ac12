"""Counters of machines: what they show beside what was claimed; a difference is a case that somebody ends."""
