"""Pieces of a stream: their story, their evidence as ranges, who finds them."""
