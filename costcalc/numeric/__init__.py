"""The kinds of number that a formula is evaluated in: exact, traced, unrounded, over a grid."""
