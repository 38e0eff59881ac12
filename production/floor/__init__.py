"""The floor: press and bindery operations, scans, counts, spoilage."""
