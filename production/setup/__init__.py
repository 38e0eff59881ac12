"""The plant's set-up as a whole: every kind of row, tables, one file of all. One row is changed in people.setup."""
