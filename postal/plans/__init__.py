"""Sort plans, labeling lists, places of entry and routes, as data."""
