"""Examples that come from the seed alone.

Hypothesis also draws constants that it finds in the source of the modules that happen to be loaded, derandomised or
not: the instances of one seed would differ between a process that has, say, imported the plots and one that has not.
Here nothing but the random numbers of the seed decides.
"""

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

NAME = "headstart"
"""What `hypothesis.settings(backend=...)` takes."""


class SeedAlone(HypothesisProvider):
    """Hypothesis' own choices, without constants from anywhere."""

    def _maybe_draw_constant(self, *_: object, **__: object) -> None:
        return None


AVAILABLE_PROVIDERS[NAME] = f"{__name__}.{SeedAlone.__name__}"
