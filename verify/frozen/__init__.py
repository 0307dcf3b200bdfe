"""Tasks partly trained, partly transferred and frozen: instances, comparisons, claims; the letters of their steps."""
