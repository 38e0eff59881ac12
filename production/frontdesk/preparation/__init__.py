"""What follows a submission: examining, quote, proof."""
