"""Caffe .prototxt files."""
