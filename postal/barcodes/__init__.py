"""The Intelligent Mail barcode: digits, bars, drawn and read; service types."""
