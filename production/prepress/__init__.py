"""Prepress: preflight, merge, print streams, marks, proofs, papers."""
