"""What the floor reports of mail: page marks scanned, copies good and spoiled, reprints, what a count means."""
