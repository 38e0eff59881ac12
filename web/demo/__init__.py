"""A demonstration: an invented plant on a busy day, made by the verbs of the screens, each act at its hour."""
