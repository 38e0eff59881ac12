"""The steps of orders, one module each; a product of the catalog names those it has."""
