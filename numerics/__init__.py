"""Simulation of fine-tuning: every setting drawn literally, and drawn fast."""

__all__ = ["instance", "linear", "montecarlo", "streams"]
