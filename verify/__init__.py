"""headstart verifies: theory against simulation."""

from verify.report import Report, Row
from verify.suite import run
from verify.verdict import Outcome, Verdict

__all__ = ["Outcome", "Report", "Row", "Verdict", "run"]
