"""The page of a network: one HTML file whose sliders evaluate the exact formulas."""
