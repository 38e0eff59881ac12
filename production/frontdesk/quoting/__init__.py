"""Written quotes: the shop's answer to a project, alternatives that hold until a day; one becomes an order."""
