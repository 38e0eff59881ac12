"""The postage meters: days, runs, registers."""
