"""The results as an article: it compiles as it is with pdflatex and plain texlive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.document.escape import code
from headstart.document.prose import tex_prose
from headstart.document.sources import bibitem, used
from headstart.document.tex import derivation_tex, fitted, statement_tex, title_tex
from headstart.version import installed_version

if TYPE_CHECKING:
    from theory.result import Derivation, Result

THEOREMS = {
    "asymptotic": "approximation",
    "upper bound": "bound",
    "lower bound": "bound",
    "identity": "identity",
}

INTRODUCTION = (
    "Every formula below was derived by computer algebra from the definitions and the rules named in the "
    "steps; a step says in which sense its two sides are equal."
)

FIT = r"""% A formula that fits is displayed; a wider one is a paragraph, broken at relations and sums.
\newsavebox{\fitbox}
\let\growingleft\left
\let\growingright\right
\newcommand{\fixedsize}[1]{\hbox{$\nulldelimiterspace=0pt #1$}}
\newcommand{\breakable}{%
  \def\left##1{\mathopen{\ifx##1[\fixedsize{\growingleft[\vbox to 11.5pt{}\growingright.}\else##1\fi}}%
  \def\right##1{\mathclose{\ifx##1]\fixedsize{\growingleft.\vbox to 11.5pt{}\growingright]}\else##1\fi}}}
\newcommand{\fit}[1]{\par\addvspace{3pt plus 1pt}%
  \sbox{\fitbox}{$\displaystyle #1$}%
  \ifdim\wd\fitbox>\linewidth
    {\raggedright\binoppenalty=50\relpenalty=10\hangindent=2em\hangafter=1\lineskip=4pt\lineskiplimit=2pt
     \breakable\noindent$\displaystyle #1$\par}%
  \else
    {\centering\usebox{\fitbox}\par}%
  \fi
  \addvspace{3pt plus 1pt}}
% Cases cannot be broken: they are made smaller.
\newcommand{\fitcases}[1]{\sbox{\fitbox}{$\displaystyle #1$}%
  \[\ifdim\wd\fitbox>\linewidth\resizebox{\linewidth}{!}{\usebox{\fitbox}}\else\usebox{\fitbox}\fi\]}"""

PREAMBLE = (
    r"""\documentclass[11pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage[margin=26mm]{geometry}
\usepackage{amsmath,amssymb,amsthm}
\usepackage{booktabs,graphicx,longtable}
\usepackage{microtype}
\usepackage[colorlinks,allcolors=black,urlcolor=blue]{hyperref}
\ifdefined\pdfinfoomitdate\pdfinfoomitdate=1\fi
\ifdefined\pdftrailerid\pdftrailerid{}\fi
\theoremstyle{definition}
\newtheorem{theorem}{Theorem}
\newtheorem{approximation}[theorem]{Approximation}
\newtheorem{bound}[theorem]{Bound}
\newtheorem{identity}[theorem]{Identity}
\allowdisplaybreaks
\emergencystretch=2em
"""
    + FIT
)


def document_tex(results: Sequence[Result]) -> str:
    """The whole source: notation, a section for each result, bibliography."""
    told: dict[Derivation, str] = {}
    sections = "\n\n".join(_section(result, told) for result in results)
    references = used(results)
    bibliography = "\n\n".join(bibitem(reference) for reference in references)
    parts = [
        PREAMBLE,
        "\\title{Fine-tuning: statements and derivations}",
        f"\\author{{headstart {tex_prose(installed_version())}}}\n\\date{{}}",
        "\\begin{document}\n\\maketitle",
        INTRODUCTION,
        _notation(sections),
        sections,
    ]
    if references:
        parts.append(f"\\begin{{thebibliography}}{{{len(references)}}}\n{bibliography}\n\\end{{thebibliography}}")
    return "\n\n".join([*parts, "\\end{document}\n"])


def _section(result: Result, told: dict[Derivation, str]) -> str:
    name = THEOREMS.get(str(result.kind), "theorem")
    title = tex_prose(result.statement.words.rstrip("."))
    sources = ",".join(dict.fromkeys(reference.key for reference in result.references))
    note = f"{code(result.key)}, {result.kind}" + (f"; \\cite{{{sources}}}" if sources else "")
    head = f"\\begin{{{name}}}[{{{note}}}]\\label{{{result.key}}}"
    statement = f"{head}\n{statement_tex(result, fitted)}\n\\end{{{name}}}"
    derivations = [_derivation(result, derivation, told) for derivation in result.derivations]
    return "\n\n".join([f"\\section{{{title[:1].upper()}{title[1:]}}}", statement, *derivations])


def _derivation(result: Result, derivation: Derivation, told: dict[Derivation, str]) -> str:
    """The steps, once; where another result has told them already, its number."""
    first = told.setdefault(derivation, result.key)
    if first == result.key:
        return derivation_tex(derivation, fitted, cited=True)
    return f"\\paragraph{{{title_tex(derivation)}}} As for {code(first)} (no.~\\ref{{{first}}})."


def _notation(body: str) -> str:
    """The rows of the notation table whose symbols occur."""
    from theory.notation import TABLE

    shown = {entry.latex: entry.meaning for entry in TABLE if _occurs(entry.latex, body)}
    rows = " \\\\\n".join(f"${latex}$ & {tex_prose(meaning)}" for latex, meaning in shown.items())
    return (
        "\\section*{Notation}\n{\\small\n\\begin{longtable}{@{}l@{\\quad}p{0.78\\linewidth}@{}}\n"
        f"\\toprule\n{rows} \\\\\n\\bottomrule\n\\end{{longtable}}}}"
    )


def _occurs(latex: str, body: str) -> bool:
    before = r"(?<![A-Za-z\\{])" if latex[0].isalpha() else ""
    return re.search(before + re.escape(latex) + r"(?![A-Za-z])", body) is not None
