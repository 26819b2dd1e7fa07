"""Networks held to their limits: verdicts, attribution, remedies."""
