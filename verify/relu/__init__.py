"""Shallow ReLU networks: their claims."""

from verify.relu.claims import CLAIMS

__all__ = ["CLAIMS"]
