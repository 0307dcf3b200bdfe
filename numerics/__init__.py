"""Simulation of fine-tuning: every setting drawn literally, and drawn fast."""

__all__ = ["deep_linear", "frozen", "instance", "linear", "montecarlo", "simulation", "store", "streams", "workers"]
