"""Kinds of number that a formula may be evaluated in: exact, over a grid, relaxed, traced."""
