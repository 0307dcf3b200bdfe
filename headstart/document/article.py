"""The results as an article: it compiles as it is with pdflatex and plain texlive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.document.contents import INTRODUCTION, TITLE, heading, notation, tellers
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
  \addvspace{3pt plus 1pt}}"""

PREAMBLE = (
    r"""\documentclass[11pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage[margin=26mm]{geometry}
\usepackage{amsmath,amssymb,amsthm}
\usepackage{booktabs,longtable}
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
\makeatletter\@beginparpenalty=10000 \makeatother % no page ends before a list
\emergencystretch=2em
"""
    + FIT
)


def document_tex(results: Sequence[Result]) -> str:
    """The whole source: notation, a section for each result, bibliography."""
    told = tellers(results)
    references = used(results)
    parts = [
        PREAMBLE,
        f"\\title{{{TITLE}}}",
        f"\\author{{headstart {tex_prose(installed_version())}}}\n\\date{{}}",
        "\\begin{document}\n\\maketitle",
        INTRODUCTION,
        _notation(results),
        *(_section(result, told) for result in results),
    ]
    if references:
        bibliography = "\n\n".join(bibitem(reference) for reference in references)
        parts.append(f"\\begin{{thebibliography}}{{{len(references)}}}\n{bibliography}\n\\end{{thebibliography}}")
    return "\n\n".join([*parts, "\\end{document}\n"])


def _section(result: Result, told: dict[Derivation, str]) -> str:
    name = THEOREMS.get(str(result.kind), "theorem")
    sources = ",".join(dict.fromkeys(reference.key for reference in result.references))
    note = f"{code(result.key)}, {result.kind}" + (f"; \\cite{{{sources}}}" if sources else "")
    head = f"\\begin{{{name}}}[{{{note}}}]\\label{{{result.key}}}"
    statement = f"{head}\n{statement_tex(result, fitted)}\n\\end{{{name}}}"
    derivations = [_derivation(derivation, told[derivation], result.key) for derivation in result.derivations]
    return "\n\n".join([f"\\section{{{tex_prose(heading(result))}}}", statement, *derivations])


def _derivation(derivation: Derivation, teller: str, key: str) -> str:
    """The steps, once; where another result has told them already, its number."""
    if teller == key:
        return derivation_tex(derivation, fitted, cited=True)
    return f"\\paragraph{{{title_tex(derivation)}}} As for {code(teller)} (no.~\\ref{{{teller}}})."


def _notation(results: Sequence[Result]) -> str:
    rows = " \\\\\n".join(f"${latex}$ & {tex_prose(meaning)}" for latex, meaning in notation(results))
    return (
        "\\section*{Notation}\n{\\small\n\\begin{longtable}{@{}l@{\\quad}p{0.78\\linewidth}@{}}\n"
        f"\\toprule\n{rows} \\\\\n\\bottomrule\n\\end{{longtable}}}}"
    )
