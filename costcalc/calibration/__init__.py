"""Fit a device's rates to measured times, and tell how far off they are on what was left out."""
