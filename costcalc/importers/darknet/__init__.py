"""Darknet .cfg files."""
