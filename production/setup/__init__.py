"""The plant's set-up as a whole: every kind of row, one file of all of them, and what is still to do."""
