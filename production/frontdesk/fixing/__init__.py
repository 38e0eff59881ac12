"""The page of rows to fix: what the last check found, what was changed since, and the check again."""
