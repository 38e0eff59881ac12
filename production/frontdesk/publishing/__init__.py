"""What rules of publications ask of an order: said, kept with the job, frozen by its approval."""
