"""The commands that lenses call."""

SHOW = "costcalc.showVariant"
"""Shows the costs of another variant: the text's URI and the variant."""
