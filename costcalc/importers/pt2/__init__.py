"""PyTorch programs as torch.export.save writes them: a zip with a graph as JSON."""
