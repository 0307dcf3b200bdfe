"""Tasks partly trained, partly transferred and frozen, and probes of frozen features: their claims."""

from verify.frozen.claims import CLAIMS

__all__ = ["CLAIMS"]
