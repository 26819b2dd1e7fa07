"""Reading files of other commits from git."""
