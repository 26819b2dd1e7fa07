"""Networks at one setting: layers with their shapes and inputs, and the builder that makes them."""
