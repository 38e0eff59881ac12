"""Buying from vendors: orders, what comes, what is paid."""
