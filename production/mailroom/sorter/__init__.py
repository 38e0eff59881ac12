"""The barcode sorter's day: mail brought in, runs, logs, account."""
