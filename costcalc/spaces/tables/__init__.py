"""Tables of sums over the paths of a space: how many networks cost so much."""
