"""What is drawn of a space, written as a network."""
