"""Papers and placards of a planned stream."""
