"""Ultralytics model YAML files."""
