"""The shop's papers as PDFs from plain values."""
