"""The plant's own schedule: its open work as a problem, and the schedule that is kept."""
