"""The mailroom's counter: building batches, watching them, accounting for every piece."""
