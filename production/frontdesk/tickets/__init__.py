"""The ticket of a print run: what stands on it, and how it is issued again when that changes."""
