"""Files of other formats, read without the framework that wrote them.

A text format becomes a tree of the network language whose nodes have the places of the file's own
text, so that errors, limits and comparisons point into it: see `formats`.
"""
