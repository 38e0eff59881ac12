"""A template as a press prints it: its pages as forms, compared with the file."""
