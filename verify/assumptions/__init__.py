"""Assumptions, dropped one at a time: is each needed?"""

from verify.assumptions.table import Row, Standing, run

__all__ = ["Row", "Standing", "run"]
