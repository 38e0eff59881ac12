"""Orders being entered: a draft walks the steps of its product, becomes a job, and is made of one again."""
