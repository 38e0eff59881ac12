"""The evidence of a mailing that left: gathered, packed, checked again."""
