"""A network at one setting: layers with shapes, and who reads whom."""
