"""Addresses matched and updated: certified columns of the list, the USPS Addresses API, a licensed engine."""
