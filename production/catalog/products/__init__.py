"""What can be ordered of the print shop, as values: specifications, the standards of a shop, families of products.

Pure: nothing here knows a database, so that estimate, preflight and imposition run without a plant.
"""
