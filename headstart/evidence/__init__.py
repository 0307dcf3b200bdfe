"""A run of `headstart verify` as evidence: a page for people, JSON and JUnit XML for machines."""

from headstart.evidence.writing import folder, write

__all__ = ["folder", "write"]
