"""What a piece may travel as, why not otherwise, and what discounts its mailing may claim."""
