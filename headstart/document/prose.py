"""Prose with plain mathematics in it (`X+ = X' (X X')^-1 where n <= d`) as LaTeX or Markdown prose.

A word is mathematics when nothing in it reads as language: single letters, numbers, signs, names of the table
of notation, and operators such as tr.  Neighbouring words of mathematics become one formula; whatever is not
recognised stays text, so the worst case is a letter that is not in italics.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from itertools import groupby

from headstart.document.escape import code, escaped, markdown_escaped

OPERATORS = {"tr": r"\operatorname{tr}", "log": r"\log", "exp": r"\exp", "min": r"\min", "max": r"\max"}
OPERATORS |= {"sum": r"\sum", "E": r"\mathbb{E}", "chi2": r"\chi^2", "oo": r"\infty"}
OPERATORS |= {"ridge": r"\rho", "tilt": r"\mathit{tilt}"}
GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "kappa", "lambda", "mu", "nu", "phi", "psi", "rho", "eta", "xi"),
    *("sigma", "tau", "theta", "chi", "omega", "Sigma", "Delta"),
)
LANGUAGE = {"A", "sum", "chi", "beta", "gamma", "tilt", "ridge"}  # language where no mathematics is beside them
SIGNS = {
    "<=": r"\le ",
    ">=": r"\ge ",
    "->": r"\to ",
    "!=": r"\ne ",
    "~": r"\sim ",
    "*": r"\,",
    "...": r"\ldots ",
}
ENDS = ".,;:"

_KEY = re.compile(r"(?:(?:deep_)?linear|frozen|ridge|early_stopping|weight_average|sequence|relu)\.[a-z_]+")
_PLAIN = re.compile(r"[-A-Za-z0-9+=<>!~*/|()\[\]{}^_',.]+")
_LETTERS = re.compile(r"d(?=[A-Z]|kappa|ridge|tilt)|(?<=')[A-Z](?=[A-Z])|[A-Za-z]+2?")

Show = Callable[[str], str]


def tex_prose(text: str) -> str:
    """Escaped LaTeX text, its mathematics set as mathematics and keys of results as code."""
    return _prose(text, escaped, code)


def markdown_prose(text: str) -> str:
    """The same as Markdown, its mathematics between dollars."""
    return _prose(text, markdown_escaped, "`{}`".format)


def _prose(text: str, escape: Show, key: Show) -> str:
    words = text.split()
    kinds = ["key" if _KEY.fullmatch(w.strip(ENDS + "()")) else "maths" if _is_maths(w) else "text" for w in words]
    kinds = [_in_context(words, kinds, i) for i in range(len(words))]
    shown: dict[str, Show] = {"key": partial(_keys, key=key), "maths": partial(_formula, escape=escape), "text": escape}
    runs = groupby(_numbered(words, kinds), key=lambda pair: pair[0])
    return " ".join(shown[kind](" ".join(word for _, word in run)) for (_, kind), run in runs)


def _numbered(words: list[str], kinds: list[str]) -> list[tuple[tuple[int, str], str]]:
    """Words with the number of their run: a new one begins with another kind and after punctuation."""
    run, opened, numbered = 0, 0, []
    for i, (word, kind) in enumerate(zip(words, kinds, strict=True)):
        ended = i and words[i - 1][-1] in ENDS and not opened
        if i and (kind != kinds[i - 1] or (kind == "maths" and ended)):
            run, opened = run + 1, 0
        opened += word.count("(") - word.count(")")
        numbered.append(((run, kind), word))
    return numbered


def _in_context(words: list[str], kinds: list[str], i: int) -> str:
    """A sign or a number alone between words of language is language; so is A before one: `A Gram matrix`."""
    if kinds[i] != "maths":
        return kinds[i]
    alone = "maths" not in (kinds[i - 1] if i else "", kinds[i + 1] if i + 1 < len(kinds) else "")
    if words[i] == "sum" and kinds[i + 1 : i + 2] == ["text"]:
        return "text"
    language = words[i].rstrip(ENDS) in LANGUAGE or not re.search("[A-Za-z]", words[i])
    return "text" if alone and language and words[i] not in ("<=", ">=", "->") else "maths"


def _is_maths(word: str) -> bool:
    core = word.rstrip(ENDS)
    if core == "a" or not _PLAIN.fullmatch(core):
        return False
    core = re.sub(_named(), "", core)
    known = all(len(t) == 1 or t in OPERATORS or t in GREEK or t in _letters() for t in _LETTERS.findall(core))
    hyphenated = re.search(r"[A-Za-z]-[A-Za-z]{2}", core) is not None
    return known and not hyphenated


@cache
def _names() -> dict[str, str]:
    """Fields of the table of notation with more than one letter, and their symbols."""
    from theory.notation import OTHERS, QUANTITIES

    return {entry.name: entry.latex for entry in (*QUANTITIES, *OTHERS) if "_" in entry.name}


@cache
def _named() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(_names())})(?![A-Za-z])")


@cache
def _letters() -> dict[str, str]:
    """Letters of the table of notation that are not written as they are named."""
    from theory.notation import LETTERS

    return {entry.name: f"{entry.latex} " for entry in LETTERS if entry.latex != entry.name}


def _keys(piece: str, key: Show) -> str:
    return re.sub(_KEY, lambda found: key(found.group()), piece)


def _formula(piece: str, escape: Show) -> str:
    core = piece.rstrip(ENDS)
    if any(core.count(a) != core.count(b) for a, b in ("()", "[]", "{}")):
        return escape(piece)
    return f"${_mathematics(core).strip()}${piece[len(core) :]}"


def _mathematics(text: str) -> str:
    """Scripts in braces, names as symbols, a plus that touches a letter as a pseudo-inverse."""
    plain, *rest = re.split("\0", re.sub(_named(), lambda found: f"\0{_names()[found[1]]}\0", text))
    return _symbols(plain) + "".join(part if k % 2 == 0 else _symbols(part) for k, part in enumerate(rest))


def _symbols(text: str) -> str:
    letters = "|".join(sorted(_letters(), key=len, reverse=True))
    text = re.sub(r"(?<![A-Za-z\\{])R(?=\^[^0-9])", r"\\mathbb{R}", text)
    text = re.sub(r"(?<=[A-Za-z])\+(')?(?!\w)", lambda m: "^{+\\prime}" if m[1] else "^{+}", text)
    text = re.sub(rf"(?<![a-z\\{{])({letters})(?![a-z])", lambda m: _letters()[m[1]], text)
    text = re.sub(r"([\^_])(?:(-?\w+)|\(([^()]*)\))", lambda m: f"{m[1]}{{{m[2] or m[3]}}}", text)
    text = re.sub(r"<([^<>=]+,[^<>=]+)>", r"\\langle \1\\rangle ", text)
    text = re.sub(r"(?<=\b[nd]) x (?=[nd]\b)", r" \\times ", text)
    for sign, latex in SIGNS.items():
        text = text.replace(sign, latex)
    names = OPERATORS | {name: f"\\{name}" for name in GREEK}
    pattern = r"(?<![\\A-Za-ce-z])(" + "|".join(sorted(names, key=len, reverse=True)) + r")(?![A-Za-z])"
    text = re.sub(pattern, lambda m: names[m[1]] + " ", text).replace("  ", " ")
    return re.sub(r" (?=[_^'})])", "", text)
