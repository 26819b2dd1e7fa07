"""What `costcalc memory` reports."""
