"""Where the maps of a network lie in memory while it runs, and how much of it that takes."""
