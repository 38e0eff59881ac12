"""Version 1: submit a mailing, ask for its state and findings."""
