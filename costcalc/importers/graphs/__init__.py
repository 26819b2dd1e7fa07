"""What all formats of model files share: the graph of a file, and how it becomes layers."""
