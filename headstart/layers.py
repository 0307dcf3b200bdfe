"""The layers have plain names, which a researcher's own file may carry too: notice it, and say so."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from headstart.errors import HiddenLayer

LAYERS = ("theory", "numerics", "verify")


def require() -> None:
    """Raise `HiddenLayer` (an ImportError), in one line, when a layer's name leads elsewhere."""
    home = Path(__file__).resolve().parent.parent
    for name in LAYERS:
        found = _found(name)
        if found is None:
            raise HiddenLayer(f"the package {name} of headstart is missing: install headstart again", name=name)
        if found.parent != home:
            what = "file" if found.is_file() else "folder"
            raise HiddenLayer(
                f"{found} hides the package {name} of headstart: rename that {what}, or start elsewhere",
                name=name,
            )


def _found(name: str) -> Path | None:
    """The file, or the folder of the package, that `import name` gives."""
    try:
        spec = find_spec(name)
    except ValueError:  # a module made by hand, without a specification
        return Path(name)
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).resolve()
    return Path(spec.origin or name).resolve()
