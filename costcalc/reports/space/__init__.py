"""What `costcalc space` reports."""
