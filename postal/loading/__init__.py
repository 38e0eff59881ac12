"""Taking in new editions: files read, checked, compared and kept."""
