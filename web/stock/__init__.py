"""The stockroom's counter."""
