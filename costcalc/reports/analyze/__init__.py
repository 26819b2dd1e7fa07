"""What `costcalc analyze` reports."""
