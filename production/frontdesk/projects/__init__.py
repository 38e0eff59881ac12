"""Projects: a question to the print shop that is not an order yet, and the talk, tasks and hours that answer it."""
