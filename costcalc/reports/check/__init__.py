"""What `costcalc check` reports: a file for each format."""
