"""Signing in with local accounts, changing one's password, signing out."""
