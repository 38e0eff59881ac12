"""Pieces of a batch: their story, their evidence as ranges, who finds them."""
