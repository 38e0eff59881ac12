"""Order, job, operation, hold, event: what every room shares, and the only place that changes a state."""
