"""What an agency keeps to use again: the files of its jobs, filed under names of its own."""
