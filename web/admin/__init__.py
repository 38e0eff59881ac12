"""The administrator's counter: people and their roles."""
