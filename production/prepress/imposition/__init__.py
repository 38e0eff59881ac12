"""Pages laid on press sheets: layouts as data, and the sheets drawn from them."""
