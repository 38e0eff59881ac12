"""The dock's counter: what leaves, with whom, and the proof that it arrived."""
