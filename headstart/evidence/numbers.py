"""Numbers as a page shows them."""

from __future__ import annotations

import math

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def shown(value: float | None, digits: int = 4) -> str:
    """1234, 0.05 or 1.2 × 10⁻⁵."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "not a number")
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return text.replace("-", "−")
    mantissa, exponent = text.split("e")
    power = f"10{str(int(exponent)).translate(SUPERSCRIPT)}"
    return power if mantissa == "1" else f"{mantissa.replace('-', '−')} × {power}"


def counted(count: int) -> str:
    """1 234 567, with thin spaces."""
    return f"{count:,}".replace(",", "\u2009")


def lasting(seconds: float) -> str:
    """0.4 s, 12 s, 3 min 20 s."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def plural(count: int, word: str) -> str:
    """1 claim, 2 claims."""
    return f"{counted(count)} {word}{'' if count == 1 else 's'}"
