"""The network language: YAML text to a checked, positioned description."""
