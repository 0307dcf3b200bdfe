"""Deep linear networks: their claims."""

from verify.deep_linear.claims import CLAIMS

__all__ = ["CLAIMS"]
