"""What a network costs: per layer, in total, in standard form, as another tool counts."""
