"""The count ledger of print runs: in = good + spoiled + held + left, at every step and at every moment."""
