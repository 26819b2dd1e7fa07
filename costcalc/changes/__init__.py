"""What differs between two networks, and where it was written."""
