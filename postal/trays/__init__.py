"""What sorted mail lies in: trays, bundles, containers, pallets."""
