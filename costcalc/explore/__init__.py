"""The design space: ranges of knobs, sweeps, breakpoints, solving for limits."""
