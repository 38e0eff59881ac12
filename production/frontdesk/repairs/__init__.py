"""Repairs of a list in the browser: what a check offers, what people changed, and the list read with both."""
