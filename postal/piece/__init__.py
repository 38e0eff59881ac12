"""The mailpiece: size, shape, kind, and what it may travel as."""
