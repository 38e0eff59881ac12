"""What keeps things: database, files by content hash, outbox, claims, idempotency, audit, settings."""
