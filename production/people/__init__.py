"""People: agencies, accounts, users, roles, keys, and what needs a second person."""
