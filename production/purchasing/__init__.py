"""Work that is bought: vendors, the decision to make or buy, bids and awards."""
