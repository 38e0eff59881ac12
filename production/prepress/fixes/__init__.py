"""What changes a file on request so that a press can print it, each by its name."""
