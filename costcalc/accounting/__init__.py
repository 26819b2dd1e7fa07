"""Conventions: what other tools count, as data."""
