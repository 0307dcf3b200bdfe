"""The papers behind the results: one table, BibTeX included."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A source: its BibTeX key, authors, title, where it appeared, year, and the place in it."""

    key: str
    authors: str
    title: str
    venue: str
    year: int
    where: str = ""

    @property
    def bibtex(self) -> str:
        venue = "eprint" if self.venue.startswith("arXiv:") else "howpublished"
        return (
            f"@misc{{{self.key},\n  author = {{{self.authors}}},\n  title = {{{{{self.title}}}}},\n"
            f"  {venue} = {{{self.venue.removeprefix('arXiv:')}}},\n  year = {{{self.year}}}\n}}"
        )

    def __str__(self) -> str:
        authors = self.authors.split(" and ")
        names = [a.split(",")[0] for a in authors]
        short = names[0] if len(names) == 1 else " & ".join(names) if len(names) == 2 else f"{names[0]} et al."
        return f"{short} ({self.year}), {self.title}" + (f", {self.where}" if self.where else "")

    def at(self, where: str) -> Reference:
        """The same source, at a given theorem, section or equation."""
        return Reference(self.key, self.authors, self.title, self.venue, self.year, where)


SHACHAF_2021 = Reference(
    "shachaf2021finetuning",
    "Shachaf, Gal and Brutzkus, Alon and Globerson, Amir",
    "A Theoretical Analysis of Fine-tuning with Linear Teachers",
    "arXiv:2107.01641",
    2021,
)
DAR_2020 = Reference(
    "dar2020double",
    "Dar, Yehuda and Baraniuk, Richard G.",
    "Double Double Descent: On Generalization Errors in Transfer Learning between Linear Regression Tasks",
    "arXiv:2006.07002",
    2020,
)
DAR_2022 = Reference(
    "dar2022frozen",
    "Dar, Yehuda and Luzi, Lorenzo and Baraniuk, Richard G.",
    "Frozen Overparameterization: A Double Descent Perspective on Transfer Learning of Deep Neural Networks",
    "arXiv:2211.11074",
    2022,
)
DAR_2021 = Reference(
    "dar2021common",
    "Dar, Yehuda and LeJeune, Daniel and Baraniuk, Richard G.",
    "The Common Intuition to Transfer Learning Can Win or Lose: Case Studies for Linear Regression",
    "arXiv:2103.05621",
    2021,
)
ARORA_2018 = Reference(
    "arora2018optimization",
    "Arora, Sanjeev and Cohen, Nadav and Hazan, Elad",
    "On the Optimization of Deep Networks: Implicit Acceleration by Overparameterization",
    "arXiv:1802.06509",
    2018,
)
AZULAY_2021 = Reference(
    "azulay2021implicit",
    "Azulay, Shahar and Moroshko, Edward and Nacson, Mor Shpigel and Woodworth, Blake and Srebro, Nathan and "
    "Globerson, Amir and Soudry, Daniel",
    "On the Implicit Bias of Initialization Shape: Beyond Infinitesimal Mirror Descent",
    "arXiv:2102.09769",
    2021,
)
COLLINS_2006 = Reference(
    "collins2006integration",
    "Collins, Beno{\\^i}t and {\\'S}niady, Piotr",
    "Integration with Respect to the Haar Measure on Unitary, Orthogonal and Symplectic Group",
    "Communications in Mathematical Physics 264",
    2006,
)
STEIN_1981 = Reference(
    "stein1981estimation",
    "Stein, Charles M.",
    "Estimation of the Mean of a Multivariate Normal Distribution",
    "The Annals of Statistics 9(6)",
    1981,
)
MUIRHEAD_1982 = Reference(
    "muirhead1982aspects",
    "Muirhead, Robb J.",
    "Aspects of Multivariate Statistical Theory",
    "Wiley",
    1982,
)
HASTIE_2022 = Reference(
    "hastie2022surprises",
    "Hastie, Trevor and Montanari, Andrea and Rosset, Saharon and Tibshirani, Ryan J.",
    "Surprises in High-Dimensional Ridgeless Least Squares Interpolation",
    "The Annals of Statistics 50(2)",
    2022,
)
MARCHENKO_1967 = Reference(
    "marchenko1967distribution",
    "Marchenko, Vladimir A. and Pastur, Leonid A.",
    "Distribution of Eigenvalues for Some Sets of Random Matrices",
    "Mathematics of the USSR-Sbornik 1(4)",
    1967,
)
ALI_2019 = Reference(
    "ali2019continuous",
    "Ali, Alnur and Kolter, J. Zico and Tibshirani, Ryan J.",
    "A Continuous-Time View of Early Stopping for Least Squares Regression",
    "arXiv:1810.10082",
    2019,
)
RUBIO_2011 = Reference(
    "rubio2011spectral",
    "Rubio, Francisco and Mestre, Xavier",
    "Spectral Convergence for a General Class of Random Matrices",
    "Statistics and Probability Letters 81(5)",
    2011,
)
HELTON_2007 = Reference(
    "helton2007operator",
    "Helton, J. William and Rashidi Far, Reza and Speicher, Roland",
    "Operator-valued Semicircular Elements: Solving a Quadratic Matrix Equation with Positivity Constraints",
    "International Mathematics Research Notices 2007",
    2007,
)
PENROSE_1955 = Reference(
    "penrose1955generalized",
    "Penrose, Roger",
    "A Generalized Inverse for Matrices",
    "Mathematical Proceedings of the Cambridge Philosophical Society 51(3)",
    1955,
)
AZAIS_2009 = Reference(
    "azais2009level",
    'Aza{\\"\\i}s, Jean-Marc and Wschebor, Mario',
    "Level Sets and Extrema of Random Processes and Fields",
    "Wiley",
    2009,
)
TITCHMARSH_1948 = Reference(
    "titchmarsh1948introduction",
    "Titchmarsh, Edward C.",
    "Introduction to the Theory of Fourier Integrals",
    "Clarendon Press",
    1948,
)
WORTSMAN_2022 = Reference(
    "wortsman2022robust",
    "Wortsman, Mitchell and Ilharco, Gabriel and Kim, Jong Wook and others",
    "Robust Fine-Tuning of Zero-Shot Models",
    "arXiv:2109.01903",
    2022,
)
LIN_2023 = Reference(
    "lin2023forgetting",
    "Lin, Sen and Ju, Peizhong and Liang, Yingbin and Shroff, Ness",
    "Theory on Forgetting and Generalization of Continual Learning",
    "arXiv:2302.05836",
    2023,
)
HORN_2013 = Reference(
    "horn2013matrix",
    "Horn, Roger A. and Johnson, Charles R.",
    "Matrix Analysis",
    "Cambridge University Press",
    2013,
)
BOUCHERON_2013 = Reference(
    "boucheron2013concentration",
    "Boucheron, St{\\'e}phane and Lugosi, G{\\'a}bor and Massart, Pascal",
    "Concentration Inequalities: A Nonasymptotic Theory of Independence",
    "Oxford University Press",
    2013,
)
GORDON_1988 = Reference(
    "gordon1988milman",
    "Gordon, Yehoram",
    "On Milman's Inequality and Random Subspaces Which Escape through a Mesh in Rn",
    "Geometric Aspects of Functional Analysis, Lecture Notes in Mathematics 1317, Springer",
    1988,
)
BARTLETT_2020 = Reference(
    "bartlett2020benign",
    "Bartlett, Peter L. and Long, Philip M. and Lugosi, G{\\'a}bor and Tsigler, Alexander",
    "Benign Overfitting in Linear Regression",
    "arXiv:1906.11300",
    2020,
)
KOLTCHINSKII_2017 = Reference(
    "koltchinskii2017concentration",
    "Koltchinskii, Vladimir and Lounici, Karim",
    "Concentration Inequalities and Moment Bounds for Sample Covariance Operators",
    "Bernoulli 23(1), arXiv:1405.2468",
    2017,
)
BAGNOLI_2005 = Reference(
    "bagnoli2005log",
    "Bagnoli, Mark and Bergstrom, Ted",
    "Log-concave Probability and Its Applications",
    "Economic Theory 26(2)",
    2005,
)
ARORA_2019 = Reference(
    "arora2019finegrained",
    "Arora, Sanjeev and Du, Simon S. and Hu, Wei and Li, Zhiyuan and Wang, Ruosong",
    "Fine-Grained Analysis of Optimization and Generalization for Overparameterized Two-Layer Neural Networks",
    "arXiv:1901.08584",
    2019,
)
CHO_2009 = Reference(
    "cho2009kernel",
    "Cho, Youngmin and Saul, Lawrence K.",
    "Kernel Methods for Deep Learning",
    "Advances in Neural Information Processing Systems 22",
    2009,
)
MUELLER_1966 = Reference(
    "mueller1966spherical",
    'M{\\"u}ller, Claus',
    "Spherical Harmonics",
    "Lecture Notes in Mathematics 17, Springer",
    1966,
)
ANDREWS_1999 = Reference(
    "andrews1999special",
    "Andrews, George E. and Askey, Richard and Roy, Ranjan",
    "Special Functions",
    "Cambridge University Press",
    1999,
)
BACH_2017 = Reference(
    "bach2017breaking",
    "Bach, Francis",
    "Breaking the Curse of Dimensionality with Convex Neural Networks",
    "Journal of Machine Learning Research 18(19)",
    2017,
)
ELKAROUI_2010 = Reference(
    "elkaroui2010spectrum",
    "El Karoui, Noureddine",
    "The Spectrum of Kernel Random Matrices",
    "The Annals of Statistics 38(1)",
    2010,
)
BARTLETT_2002 = Reference(
    "bartlett2002rademacher",
    "Bartlett, Peter L. and Mendelson, Shahar",
    "Rademacher and Gaussian Complexities: Risk Bounds and Structural Results",
    "Journal of Machine Learning Research 3",
    2002,
)
