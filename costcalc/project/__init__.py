"""The project file costcalc.yaml, limits, baselines, and which files are networks."""
