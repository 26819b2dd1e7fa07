"""The search for the best networks of a space: the largest, the fronts, by score."""
