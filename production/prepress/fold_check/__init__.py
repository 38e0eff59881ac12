"""The checker of imposed sheets: takes the sheets and their layout, folds them in software and reads what comes out."""
