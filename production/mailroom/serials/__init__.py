"""Mailer ids and serials: no number twice within 45 days."""
