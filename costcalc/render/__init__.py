"""How pages, documents and rows are written. Nothing here knows what a network is."""
