"""A graph back into readable language: repeats, blocks, alpha."""
