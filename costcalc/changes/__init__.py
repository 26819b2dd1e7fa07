"""What differs between two networks, and where that is written."""
