"""Papers of a mailing as values: statement, documentation, and whether all say the same."""
