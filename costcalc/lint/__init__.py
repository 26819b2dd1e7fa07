"""What is slow or large about the layers of a network, by rules: a file each in `rules/`.

A rule's file has a docstring, which is its page, and `RULE`. Adding the file adds the rule.
"""
