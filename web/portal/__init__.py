"""The agencies' counter: ordering, following, approving, finding a letter."""
