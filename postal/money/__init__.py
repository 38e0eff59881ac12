"""Money of sorted mail: shares, waiting, a meter's registers."""
