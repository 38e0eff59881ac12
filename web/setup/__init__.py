"""The administrator's counter: what the plant is set up with."""
