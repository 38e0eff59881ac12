"""The shop as the Postal Service knows it: profile, editions, accepted lists, evidence, authorizations."""
