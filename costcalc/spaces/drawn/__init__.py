"""Spaces that are known by networks that are drawn, without a walk."""
