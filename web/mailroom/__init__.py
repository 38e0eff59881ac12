"""The mailroom's counter: building streams, watching them, accounting for every piece."""
