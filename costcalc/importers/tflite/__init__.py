"""TensorFlow Lite files (LiteRT): a flatbuffer of operators and tensors."""
