"""Mail.dat, the electronic description of a mailing: one schema table for 25-1 and 26-1, written, read,
checked and compared. Sources and what is unconfirmed: docs/maildat.md and postal/data/maildat/*.csv.
"""
