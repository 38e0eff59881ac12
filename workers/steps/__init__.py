"""One file a step: read, work outside any transaction, give back what records it. No rules here."""
