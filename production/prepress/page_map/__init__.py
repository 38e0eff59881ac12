"""The page map: pages of files in an order of one's own, as a file of their own."""
