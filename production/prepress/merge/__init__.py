"""Variable data onto pages, and the finished print file read back."""
