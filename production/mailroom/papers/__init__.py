"""Papers and placards of a planned batch."""
