"""The mailroom: presort streams, pieces, trays, reconciliation, metering."""
