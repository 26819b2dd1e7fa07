"""The rules: a file each, whose docstring is its page."""
