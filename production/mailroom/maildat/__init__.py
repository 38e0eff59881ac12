"""Mail.dat of this shop's mailings, and sets received from elsewhere."""
