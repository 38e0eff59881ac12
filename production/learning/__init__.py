"""What the floor really took beside the standards it was planned by, and the standards that follow from it."""
