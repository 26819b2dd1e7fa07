"""Pearson's chi-square: how far counts are from what is expected of them."""

from math import sqrt


def chi_square(counts, expected):
    return sum((counts[key] - own) ** 2 / own for key, own in expected.items())


def largest_likely(freedom):
    """About the 0.9999 quantile of the chi-square distribution (Wilson and Hilferty)."""
    return freedom * (1 - 2 / (9 * freedom) + 3.72 * sqrt(2 / (9 * freedom))) ** 3
