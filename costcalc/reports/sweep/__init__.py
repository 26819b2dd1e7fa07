"""What `costcalc sweep` reports."""
