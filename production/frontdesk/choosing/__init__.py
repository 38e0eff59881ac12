"""Choosing what is to be printed: questions in plain words, answers as a specification, prices of each answer. Pure."""
