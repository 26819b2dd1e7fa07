"""Spaces of networks: what is in one, what it costs, and networks drawn from it."""
