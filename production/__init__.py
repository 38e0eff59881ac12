"""The plant, room by room. Rooms meet through ``jobs`` and ``catalog``."""
