"""The mailpiece: size, shape, kind."""
