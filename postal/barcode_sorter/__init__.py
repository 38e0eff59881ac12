"""The barcode sorter: bin plans, run logs, a machine in columns."""
