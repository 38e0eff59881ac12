"""The plant's own schedule: its open work as a problem, the schedule that is kept, and what is promised."""
