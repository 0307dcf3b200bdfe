"""Documents: complete, whole or not at all, and fit to print."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import which

import pytest

import headstart
from headstart.cli import main
from headstart.document import pdf
from headstart.document.article import document_tex
from headstart.document.contents import notation
from headstart.document.escape import code, escaped, without_tex
from headstart.document.prose import markdown_prose, tex_prose
from headstart.document.sources import line, used
from headstart.errors import InputError
from tests.nightly import by_night
from theory import catalogue

Capsys = pytest.CaptureFixture[str]

needs_tex = pytest.mark.skipif(which("pdflatex") is None, reason="no pdflatex here; .ci/run installs it")
VISIBLE = 2.0  # points by which a line may stick out before an eye sees it


@needs_tex
def test_the_whole_catalogue_compiles_and_nothing_sticks_out_or_is_undefined() -> None:
    content, log = pdf.compiled_with_log(document_tex(headstart.results()))
    assert content.startswith(b"%PDF")
    assert "undefined" not in log
    assert "multiply defined" not in log
    assert "Missing character" not in log
    sticking_out = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert [points for points in sticking_out if points > VISIBLE] == []


@needs_tex
@pytest.mark.parametrize("key", ["linear.risk", "linear.best_rescaling", "linear.risk_equivalent"])
def test_one_result_makes_a_document_of_its_own(tmp_path: Path, key: str) -> None:
    assert main(["export", key, "--to", str(tmp_path / "paper.pdf")]) == 0
    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF")
    assert [path.name for path in tmp_path.iterdir()] == ["paper.pdf"]


@needs_tex
def test_the_same_results_make_the_same_bytes() -> None:
    source = document_tex([headstart.result("linear.bias")])
    assert pdf.compiled(source) == pdf.compiled(source)


@needs_tex
def test_tex_that_fails_costs_one_line() -> None:
    with pytest.raises(InputError, match="Undefined control sequence") as caught:
        pdf.compiled(r"\documentclass{article}\begin{document}\nonsense\end{document}")
    assert "\n" not in str(caught.value)


@needs_tex
def test_a_document_cannot_run_commands(tmp_path: Path) -> None:
    command = rf"\immediate\write18{{touch {tmp_path}/run}}"
    source = rf"\documentclass{{article}}\begin{{document}}{command}x\end{{document}}"
    assert pdf.compiled(source).startswith(b"%PDF")
    assert not (tmp_path / "run").exists()


def test_no_pdflatex_is_said_in_one_line_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.setattr(pdf, "which", lambda _: None)
    assert main(["export", "linear.bias", "--to", str(tmp_path / "paper.pdf")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "texlive-latex-base" in err
    assert list(tmp_path.iterdir()) == []


def test_a_derivation_is_told_once_and_then_referred_to() -> None:
    source = document_tex([headstart.result("linear.bias"), headstart.result("linear.risk")])
    assert source.count("\\begin{enumerate}") == len(headstart.result("linear.bias").derivations)
    assert "(no.~\\ref{linear.bias})" in source


@pytest.mark.parametrize("ending", by_night(["tex", "md"], lambda ending: ending == "md"))
def test_every_statement_symbol_assumption_step_and_source_is_in_the_document(tmp_path: Path, ending: str) -> None:
    file = headstart.export(to=tmp_path / f"paper.{ending}")
    text = file.read_text(encoding="utf-8")
    for result in headstart.results():
        assert result.statement.latex in text
        for derivation in result.derivations:
            for step in derivation.steps:
                assert tex_prose(step.rule.capitalize()) in text
    for reference in used(headstart.results()):
        assert (reference.key if ending == "tex" else line(reference)) in text
    prose, row = (tex_prose, "${}$ & {}") if ending == "tex" else (markdown_prose, "- ${}$: {}")
    symbols = notation(headstart.results())
    assert len({latex for latex, _ in symbols}) == len(symbols) > 30
    for latex, meaning in symbols:
        assert row.format(latex, prose(meaning)) in text
    for result in headstart.results():
        for assumption in result.given:
            assert prose(assumption.text) in text
        assert (code(result.key) if ending == "tex" else f"`{result.key}`") in text
    assert r"$N(0, \tilde\sigma^{2})$" in text
    assert r"$\theta_{S} = \tilde X^{+} \tilde y$" in text


def test_long_cases_stand_one_by_one_at_full_size() -> None:
    source = document_tex([headstart.result("linear.risk_learned_source"), headstart.result("linear.risk")])
    assert "resizebox" not in source
    statement, brief = source.split("\\section{")[1:]
    assert statement.split("Given:")[0].count("\\fit{\\mathbb{E}\\,R(h) = ") == 4
    assert "\\begin{cases}" not in statement
    assert brief.split("Given:")[0].count("\\begin{cases}") == 1
    assert "where $\\sigma = 0$; terms in $\\tilde\\sigma$ are 0 where $\\tilde\\sigma = 0$." in statement


def test_where_is_said_once_and_what_has_to_be_solved_for_is_named(tmp_path: Path) -> None:
    many = document_tex([headstart.result("linear.inverse_moments")])
    assert len(headstart.result("linear.inverse_moments").where) > 5
    assert many.count("\\noindent where") == 1
    solved = headstart.result("deep_linear.upper_bound")
    asked = [w for w in solved.where if w.formula is None]
    for text in (document_tex([solved]), headstart.export(solved.key, to=tmp_path / "paper.md").read_text("utf-8")):
        assert len(re.findall(r"(?:where|and) \$[^$]+\$ solves", text)) == len(asked) > 1


def test_the_notation_holds_the_symbols_that_occur_and_no_others() -> None:
    names = {latex for latex, _ in notation([headstart.result("linear.bias")])}
    assert {"n", "d", r"\lambda", r"\Delta", "X", "Q"} <= names
    assert not {"a", "b", "p", r"\kappa", r"\lambda_{i}", r"\tilde n"} & names
    spectral = {latex for latex, _ in notation([headstart.result("linear.risk_equivalent")])}
    assert {r"\lambda_{i}", r"\Delta_{i}", r"\kappa"} <= spectral
    assert r"\lambda" not in spectral


def test_markdown_has_the_order_of_the_article_and_no_tex_in_names(tmp_path: Path) -> None:
    keys = ("linear.bias", "linear.risk_covariate_shift", "linear.bias", "linear.risk")
    text = headstart.export(*keys, to=tmp_path / "paper.md").read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert (headings[0], headings[-1], len(headings)) == ("## Notation", "## References", 5)
    assert text.count("As for `linear.bias`.") == 2
    assert "Benoît Collins and Piotr Śniady" in text
    assert "[Collins & Śniady (2006)" in text
    assert not re.search(r"\{\\['^`\"~]", text)


def test_latex_of_one_result_names_people_without_tex(capsys: Capsys) -> None:
    assert main(["show", "linear.risk_covariate_shift", "--steps", "--format", "latex"]) == 0
    out = capsys.readouterr().out
    assert "Śniady" in out
    assert "textbackslash" not in out


def test_markdown_has_balanced_displays(tmp_path: Path) -> None:
    text = headstart.export("linear.risk_covariate_shift", to=tmp_path / "paper.md").read_text(encoding="utf-8")
    assert text.count("$$") % 2 == 0
    for display in text.split("$$")[1::2]:
        assert display.count("{") == display.count("}")
        assert "\n\n" not in display


@pytest.mark.parametrize("key", catalogue.keys())
def test_every_formula_of_a_document_is_balanced(key: str) -> None:
    source = document_tex([catalogue.result(key)])
    body = source.split("\\begin{document}")[1]
    unescaped = re.sub(r"\\[{}]", "", body)
    assert unescaped.count("{") == unescaped.count("}")
    assert len(re.findall(r"\\left\b", body)) == len(re.findall(r"\\right\b", body))


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("rows independent N(0, Sigma)", r"rows independent $N(0, \Sigma)$"),
        ("X+ X = I - Q projects", r"$X^{+} X = I - Q$ projects"),
        ("X+ = X' (X X')^-1.", r"$X^{+} = X' (X X')^{-1}$."),
        ("finite if n_source >= d + 2", r"finite if $\tilde n \ge d + 2$"),
        ("see linear.risk_law.", r"see \texttt{linear.risk\_\allowbreak{}law}."),
        ("100% of A_B & C", r"100\% of $A_{B}$ \& $C$"),
        ("A Gram matrix", "A Gram matrix"),
        ("a beta variable", "a beta variable"),
        ("a chi-square", "a chi-square"),
        ("noise N(0, sigma_source^2) around", r"noise $N(0, \tilde\sigma^{2})$ around"),
        ("u = Xs+ ys", r"$\theta_{S} = \tilde X^{+} \tilde y$"),
        ("by 1 - eta s^2, so", r"by $1 - \eta s^{2}$, so"),
        ("weights, in R^d", r"weights, in $\mathbb{R}^{d}$"),
        ("d >= n + 2 or sigma = 0:", r"$d \ge n + 2$ or $\sigma = 0$:"),
        ("", ""),
    ],
)
def test_prose_sets_its_mathematics_as_mathematics(text: str, latex: str) -> None:
    assert tex_prose(text) == latex


def test_prose_for_markdown_has_the_same_mathematics_and_its_own_escapes() -> None:
    assert markdown_prose("rows N(0, Sigma) of a_file <name>, see linear.risk_law.") == (
        r"rows $N(0, \Sigma)$ of a\_file \<name>, see `linear.risk_law`."
    )


def test_prose_of_any_characters_is_safe() -> None:
    assert escaped(r"\input{x}") == r"\textbackslash{}input\{x\}"
    assert escaped("√中") == "??"
    assert without_tex(r"Beno{\^i}t {\'S}niady") == "Benoît Śniady"
