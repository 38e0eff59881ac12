"""What sorted mail is labeled with and stands on: tray and container barcodes, contents, pallets."""
