"""Working time of operations: who made ready, ran, paused and helped, where, from when to when."""
