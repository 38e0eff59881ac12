"""The meter desk: day sheets with registers and runs."""
