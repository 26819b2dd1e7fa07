"""Formulas as text, LaTeX, Python and JSON."""
