"""What produced a number: the versions every output carries."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version


def versions() -> dict[str, str]:
    """Versions of headstart, numpy, numba and python; "source tree" where headstart is not installed."""
    packages = {name: _version(name) for name in ("headstart", "numpy", "numba")}
    return packages | {"python": platform.python_version()}


def processor() -> str:
    """The processor that kernels are compiled for: the width of its vectors may show in the last bits.

    Machines that are to share batches agree on one by the environment variable NUMBA_CPU_NAME.
    """
    from llvmlite.binding import get_host_cpu_name
    from numba import config

    return str(config.CPU_NAME or get_host_cpu_name())


def _version(package: str) -> str:
    """The installed version of `package`."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "source tree"
