"""The counter at the presses and inserters: gloves on, an arm's length away, a scanner in one hand."""
