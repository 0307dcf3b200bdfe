"""Stage zero: exact relations that results satisfy, independent of their derivations; no draws, no noise."""

from verify.stage_zero.relation import Kind, Relation
from verify.stage_zero.suite import RELATIONS, Finding, run, unrelated

__all__ = ["RELATIONS", "Finding", "Kind", "Relation", "run", "unrelated"]
