"""Characters that LaTeX or Markdown would misread."""

from __future__ import annotations

import re
import unicodedata

MATHS = {
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "→": r"\to", "∞": r"\infty", "×": r"\times", "·": r"\cdot",
    "²": "^{2}", "³": "^{3}", "⁺": "^{+}", "⁻": "^{-}", "¹": "^{1}", "ᵀ": r"^{\top}", "∈": r"\in", "−": "-",
    "‖": r"\Vert", "Σ": r"\Sigma", "Δ": r"\Delta", "σ": r"\sigma", "κ": r"\kappa", "λ": r"\lambda",
    "θ": r"\theta", "χ": r"\chi", "ε": r"\varepsilon", "<": "<", ">": ">", "|": "|",
}  # fmt: skip
SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", '"': "''",
}  # fmt: skip


def escaped(text: str) -> str:
    """The text as it is to be read; a character that no plain font has becomes a question mark."""
    return "".join(map(_character, text))


def code(text: str) -> str:
    """The text in a typewriter face; it may break after an underscore."""
    return f"\\texttt{{{escaped(text)}}}".replace(r"\_", r"\_\allowbreak{}")


def markdown_escaped(text: str) -> str:
    """The text as it is to be read in Markdown."""
    return re.sub(r"[\\`*_<$]", lambda found: f"\\{found[0]}", text)


def _character(c: str) -> str:
    if c in SPECIAL:
        return SPECIAL[c]
    if c in MATHS:
        return f"${MATHS[c]}$"
    latin = unicodedata.category(c).startswith("L") and ord(c) < 0x180
    return c if c.isascii() or latin else "?"


_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303"}


def without_tex(text: str) -> str:
    r"""A name or title of the reference table without LaTeX's accents and braces: {\^i} is î."""

    def accented(found: re.Match[str]) -> str:
        return unicodedata.normalize("NFC", found["letter"] + _ACCENTS[found["accent"]])

    spelled = re.sub(r"\{?\\(?P<accent>['`^\"~])\s*\{?\\?(?P<letter>[A-Za-z])\}?\}?", accented, text)
    return spelled.replace("{", "").replace("}", "").replace("~", " ")
