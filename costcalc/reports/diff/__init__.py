"""What `costcalc diff` reports."""
