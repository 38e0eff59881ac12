"""Tablets and phones of the plant: enrolled by a code, signed in by a PIN, their acts numbered so that none is lost."""
