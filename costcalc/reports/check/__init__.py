"""What `costcalc check` found: one file, one output format."""
