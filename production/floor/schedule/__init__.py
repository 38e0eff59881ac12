"""When what runs where: work of the whole plant on its work centers, as a pure function of values."""
