"""What sorting together saves, whose it is, and whether to wait for more."""
