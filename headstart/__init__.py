"""headstart: the exact theory of fine-tuning, derived, simulated and verified.

    import headstart
    headstart.result("linear.risk")                          # a derived statement
    headstart.evaluate("linear.risk", n=10, d=40, ...)       # its number
    headstart.simulate(headstart.load("instance.json"), trials=10_000, seed=0)
    headstart.verify("linear.risk").passed                   # theory against simulation

The layers under it are the packages `theory`, `numerics` and `verify`.  Nothing heavy is imported before use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headstart.api import evaluate, export, load, plot, result, results, simulate, verify

    __version__: str

__all__ = ["__version__", "evaluate", "export", "load", "plot", "result", "results", "simulate", "verify"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from headstart.version import installed_version

        return installed_version()
    if name in __all__:
        from headstart import api, layers

        layers.require()
        return getattr(api, name)
    raise AttributeError(f"module 'headstart' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
