"""What is said of each result, to people and to programs. `formats` lists who can say it how."""
