"""Compiled building blocks: plain loops over small dense matrices, one trial at a time."""
