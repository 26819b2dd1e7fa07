"""The walk through the items of a space, state by state, to a graph of paths."""
