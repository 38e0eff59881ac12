"""Address lists of other people: read by content, mapped to the parts of an address."""
