"""One file, one output format; all render the same results."""
