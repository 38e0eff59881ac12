"""Buying from vendors: make or buy, bids, awards, orders, what comes, what is paid; a page for vendors."""
