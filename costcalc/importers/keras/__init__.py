"""Keras models in JSON."""
