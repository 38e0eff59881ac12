"""Values everybody speaks: money, quantities, clock, ids, errors, findings. Standard library only."""
