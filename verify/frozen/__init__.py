"""Tasks partly trained, partly transferred and frozen: their claims."""

from verify.frozen.claims import CLAIMS

__all__ = ["CLAIMS"]
