"""Money of the mail: prices, discounts, shares, and a meter's registers."""
