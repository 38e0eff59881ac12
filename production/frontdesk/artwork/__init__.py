"""The files of what is printed: what preflight says of them in words, fixes, page map, versions, what was accepted."""
