"""The counter for machines."""
