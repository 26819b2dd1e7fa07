"""The reference of the language, generated from the layers: pages and JSON Schema."""
