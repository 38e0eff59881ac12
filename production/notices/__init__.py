"""Nobody has to look to be told: what happened becomes notices, each for those whom it concerns."""
