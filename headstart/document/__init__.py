"""Results as documents: LaTeX, PDF, Markdown, plain text, data."""

from headstart.document.writing import write

__all__ = ["write"]
