"""Finding a product by what people call it, in a word or a sentence."""

from __future__ import annotations

import re

_SHORTEST = 3  # letters: shorter words say nothing of a product


def words_that_fit(text: str, said: str) -> int:
    """How many words of the text begin a word that is said of a product, or are begun by one (letters, letter)."""
    known = _words(said)
    return sum(any(one.startswith(word) or word.startswith(one) for one in known) for word in _words(text))


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) >= _SHORTEST} - _OF_SENTENCES


# Words of any sentence.
_OF_SENTENCES = {
    "and",
    "are",
    "for",
    "from",
    "goes",
    "have",
    "need",
    "that",
    "the",
    "their",
    "them",
    "what",
    "with",
    "you",
}
