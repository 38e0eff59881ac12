"""Pieces of a stream: page marks, good copies, spoils, reprints, evidence as ranges, their story, who finds them."""
