"""What sorting together saved, and whether to wait for more."""
