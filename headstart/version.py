"""Which headstart this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """The version of the installed distribution; `unknown` in a checkout that was not installed."""
    try:
        return version("headstart")
    except PackageNotFoundError:
        return "unknown"
