"""Barcodes: the Intelligent Mail barcodes of pieces, trays and containers, and their service types."""
