"""Devices of the plant: the list, a new one with its code, what they could not do, and what is lost."""
