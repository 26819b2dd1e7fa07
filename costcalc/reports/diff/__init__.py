"""What `costcalc diff` found: one file, one output format."""
