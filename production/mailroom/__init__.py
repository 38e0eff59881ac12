"""The mailroom: presort batches, pieces, trays, reconciliation, metering."""
