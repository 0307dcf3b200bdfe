"""One instance as the largest of doubling sizes: an experiment's, whose limit is claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.relu import ReLU

PARTS = (8, 4, 2, 1)


@dataclass(frozen=True, eq=False)
class Halved:
    """n and d are halved together, three times: the instance has multiples of 8 of both, 16 features at least, and its
    source is given.

    Lengths and angle of source and target stay as they are, and label noise in units of the size of a label.
    """

    instance: ReLU

    @property
    def sizes(self) -> tuple[int, ...]:
        """Those of n."""
        return tuple(self.instance.n // part for part in PARTS)

    def at(self, n: int) -> ReLU:
        """The instance of this size: source and target turned into the plane of two coordinates, which inputs without
        direction do not notice."""
        one, d = self.instance, self.instance.d * n // self.instance.n
        if n == one.n:
            return one
        assert one.source is not None
        turned = np.zeros((d, 2))
        turned[:2] = np.linalg.qr(np.stack([one.source, one.target], axis=1), mode="r")
        vectors: dict[str, Any] = {"source": turned[:, 0].tolist(), "target": turned[:, 1].tolist()}
        return ReLU.from_fields({"n": n, "d": d, "sigma": one.sigma * float(np.sqrt(one.d / d)), **vectors})
