"""What can be made and how: envelopes, stocks, folds."""
