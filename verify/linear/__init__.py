"""Linear fine-tuning: its claims."""

from verify.linear.claims import CLAIMS

__all__ = ["CLAIMS"]
