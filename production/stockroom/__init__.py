"""The stockroom: what lies in which bin, whose it is, what it cost, and every movement of it."""
