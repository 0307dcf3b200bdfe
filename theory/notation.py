"""One table of notation: for every symbol its name, its LaTeX and what it means."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression, inverse, matrix, trace
from theory.calculus.words import Word
from theory.quantities import BY_NAME, QUANTITIES, Entry, symbol

__all__ = [
    "BY_NAME",
    "EIGENVALUE",
    "GAP",
    "INDEX",
    "KAPPA",
    "KAPPA_ZERO",
    "LETTERS",
    "OTHERS",
    "QUANTITIES",
    "RIDGE_RISK",
    "RISK",
    "SOURCE",
    "STRETCH",
    "TABLE",
    "TARGET",
    "Entry",
    "covariance",
    "d",
    "n",
    "number_of",
    "scalar_of",
    "sigma",
    "symbol",
    "vector",
]

EIGENVALUE, GAP = sp.IndexedBase("eigenvalue"), sp.IndexedBase("gap")
TARGET, SOURCE = sp.IndexedBase("target"), sp.IndexedBase("source")
INDEX = sp.Symbol("i", integer=True, positive=True)
KAPPA = sp.Symbol("kappa", positive=True)
KAPPA_ZERO = sp.Symbol("kappa_zero", positive=True)
RISK = sp.Symbol("R", nonnegative=True)
RIDGE_RISK = sp.Symbol("ridge_risk", positive=True)
"""The excess risk, and that of ridge: each is drawn in its own way."""
STRETCH = sp.Symbol("stretch", positive=True)

LETTERS: tuple[Entry, ...] = (
    Entry("t", r"\theta_T", "target weights, in R^d"),
    Entry("u", r"\theta_S", "source (pretrained) weights, in R^d, where training starts"),
    Entry("D", r"\Delta", "target minus source weights"),
    Entry("X", "X", "target design, n x d, rows independent N(0, Sigma)"),
    Entry("S", r"\Sigma", "covariance of the features, d x d"),
    Entry("A", "A", "covariance of the features at test time, d x d"),
    Entry("e", r"\varepsilon", "label noise of the target, N(0, sigma^2 I) in R^n"),
    Entry("y", "y", "labels of the target, y = X t + e, in R^n"),
    Entry("Q", "Q", "projection on the orthogonal complement of the row span of X"),
    Entry("Xs", r"\tilde X", "source design, rows independent N(0, Sigma)"),
    Entry("es", r"\tilde\varepsilon", "label noise of the source"),
    Entry("ys", r"\tilde y", "labels of the source, ys = Xs w + es"),
    Entry("Qs", r"\tilde Q", "projection on the orthogonal complement of the row span of the source design"),
    Entry("w", "w", "source teacher, in R^d"),
    Entry("X2", "X_2", "an independent copy of the target design"),
    Entry("Z", "Z", "design with standard normal entries"),
    Entry("a", "a", "standard normal vector in R^{d-n}"),
    Entry("b", "b", "standard normal vector in R^n"),
    Entry("f", "f", "the part of the noise in the column span of the design, N(0, sigma^2 I) in R^d"),
    Entry("g", "g", "standard normal vector in R^{|d-n|+1}; of a probe of m features, in R^{n-m+1}"),
    Entry("tp", r"\theta_{\perp}", "the part of the target weights across the source weights"),
    Entry("z", "z", "what the source weights predict on the target sample, z = X u"),
    Entry("v", "v", "what they cannot explain of its labels, v = X tp + e"),
    Entry("zg", r"\tilde z", "Gaussian vector with the law of z"),
    Entry("vg", r"\tilde v", "Gaussian vector with the law of v, independent of the former"),
    Entry("v1", r"\tilde v_1", "one coordinate of the latter"),
    Entry("P", "P", "projection on the row span of X"),
    Entry("P1", "P_1", "projection on the part of the row span across the source weights"),
    Entry("XS", r"\tilde X_{\mathcal S}", "source features that the source is learned in, rows independent N(0, I)"),
    Entry("XO", r"\tilde X_{\mathcal S^c}", "all other source features, rows independent N(0, I)"),
    Entry("QS", r"\tilde Q_{\mathcal S}", "projection on the orthogonal complement of the row span of the former"),
    Entry("hS", r"\hat w_{\mathcal S}", "source weights as learned, at the coordinates that the source is learned in"),
    Entry("wS", r"w_{\mathcal S}", "weights of the source task at those coordinates, bS + nS"),
    Entry("wO", r"w_{\mathcal S^c}", "weights of the source task at all other coordinates, bO + nO"),
    Entry(
        "bS", r"(H\theta_T)_{\mathcal S}", "H times the target weights at the coordinates that the source is learned in"
    ),
    Entry("bO", r"(H\theta_T)_{\mathcal S^c}", "H times the target weights at all other coordinates"),
    Entry(
        "nS", r"\eta_{\mathcal S}", "task noise at the coordinates that the source is learned in, N(0, task_noise^2 I)"
    ),
    Entry("nO", r"\eta_{\mathcal S^c}", "task noise at all other coordinates, N(0, task_noise^2 I)"),
    Entry("tS", r"\theta_{\mathcal S}", "target weights at the coordinates that the source is learned in"),
    Entry("DS", r"\Delta_{\mathcal K}", "error of the transferred weights, J (tS - hS)"),
    Entry("J", "J", "projection on the transferred among the coordinates that the source is learned in"),
    Entry("XF", r"X_{\mathcal F}", "target features at the free coordinates, rows independent N(0, I)"),
    Entry(
        "XK",
        r"X_{\mathcal S}",
        "target features at the coordinates that the source is learned in; J picks the transferred",
    ),
    Entry("XZ", r"X_{\mathcal Z}", "target features that are neither free nor transferred, rows independent N(0, I)"),
    Entry("QF", r"Q_{\mathcal F}", "projection on the orthogonal complement of the row span of XF"),
    Entry("tF", r"\theta_{\mathcal F}", "target weights at the free coordinates"),
    Entry("tZ", r"\theta_{\mathcal Z}", "target weights that are neither free nor transferred"),
    Entry("hF", r"h_{\mathcal F}", "weights that are learned at the free coordinates"),
    Entry("yF", r"y_{\mathrm T}", "labels of the target, XF tF + XK J tS + XZ tZ + e"),
    Entry("F", r"\Phi", "frozen features, d x m: those of x are F'x"),
    Entry("bF", r"\beta", "best weights on the features: those with the least (t - F b)'S(t - F b)"),
    Entry("rF", r"\theta_{\Phi\perp}", "what the features do not predict, t - F b"),
    Entry("G", r"G", "features of the sample, X F"),
    Entry("fF", r"\varphi", "what they do not explain of the labels, X r + e"),
    Entry("fP", r"\varphi_{G}", "the part of that in the column span of G, as a standard normal design sees it"),
    Entry("GG", r"\tilde G", "design with the law of X F"),
    Entry("fG", r"\tilde\varphi", "Gaussian vector with the law of X r + e, independent of the former"),
    Entry("W1", "W_1", "weights of the first layer"),
    Entry("W2", "W_2", "weights of the second layer"),
    Entry("W3", "W_3", "weights of the third layer"),
    Entry("mu", r"\mu", "mirror coordinates of the source weights, u |u|^{1/L - 1}"),
    Entry("muh", r"\hat\mu", "mirror coordinates of the fine-tuned weights"),
    Entry("c", "c", "by how much the source is stretched off the row span: (|h|/|u|)^{1 - 1/L}"),
    Entry("ch", r"\hat c", "the same, with |h| found by training"),
    Entry("c0", "c_0", "by how much the source is stretched off the row span where there is no noise"),
    Entry("c1", "c_{-}", "the same at target_least and source_most"),
    Entry("c2", "c_{+}", "the same at target_most and source_least"),
    Entry("Irisk", r"\mathbf{1}_{R\ge r_0}", "1 where the risk is risk_limit or more"),
    Entry("Irisk1", r"\mathbf{1}_{R(c_{-})\ge r_0}", "1 where the risk at stretch_least is risk_limit or more"),
    Entry("Irisk2", r"\mathbf{1}_{R(c_{+})\ge r_0}", "1 where the risk at stretch_most is risk_limit or more"),
    Entry("Ic1", r"\mathbf{1}_{c\le c_{-}}", "1 where the stretch is stretch_least or less"),
    Entry("Ic2", r"\mathbf{1}_{c\ge c_{+}}", "1 where the stretch is stretch_most or more"),
    Entry("Itless", r"\mathbf{1}_{\theta_T-}", "1 where |P t|^2 is at most target_least |t|^2"),
    Entry("Itmore", r"\mathbf{1}_{\theta_T+}", "1 where |P t|^2 is at least target_most |t|^2"),
    Entry("Iuless", r"\mathbf{1}_{\theta_S-}", "1 where |P u|^2 is at most source_least |u|^2"),
    Entry("Iumore", r"\mathbf{1}_{\theta_S+}", "1 where |P u|^2 is at least source_most |u|^2"),
    Entry("Imissed", r"\mathbf{1}_{Q\Delta}", "1 where |Q v|^2 is at least missed_share |v|^2, v = t - u"),
    Entry("Lam", r"\Lambda", "largest eigenvalue of Q S Q"),
    Entry("Err", r"\lVert\Sigma-X^{\top}X/n\rVert", "largest eigenvalue of S - X'X/n"),
    Entry("gd", "g_d", "standard normal vector in R^d"),
    Entry(
        "Iworst", r"\mathbf{1}_{\Lambda\ge\bar\Lambda}", "1 where the largest eigenvalue of QSQ is worst_slope or more"
    ),
    Entry("Imesh", r"\mathbf{1}_{\lVert b\rVert^2\le Y}", "1 where |b|^2 is at most Y"),
    Entry("Ymesh", "Y", "Y = (1 + k/r) g'S (S + k I)^-1 g, k = local_scale lambda_1, r = worst_slope"),
    Entry("FY", r"F_{\chi^2_n}(Y)", "distribution function of |b|^2 at Y"),
    Entry("TY", r"\hat F_{\chi^2_n}(Y)", "the same on the tangent of its logarithm at tangent_point"),
    Entry("MY", r"e^{\vartheta g^{\top}\Sigma(\Sigma+kI)^{-1}g/2}", "e^(chernoff_rate g'S (S + k I)^-1 g/2)"),
    Entry("Isplit", r"\mathbf{1}_{R\ge b(\Lambda_0)}", "1 where the risk is the bound at tried_slope, or more"),
    Entry("Itried", r"\mathbf{1}_{\Lambda\ge\Lambda_0}", "1 where the eigenvalue is tried_slope or more"),
    Entry("B", "B", "weights of another task less those of the one in question"),
    Entry("K", r"\mathcal{K}", "what training keeps of an error, in every singular direction: a function of X'X/n"),
    Entry("M", r"\mathcal{M}", "how far labels move the weights: (I - K)(X'X/n)^-1, in every singular direction"),
    Entry("x1", "x", "an input of length one"),
    Entry("x2", "x'", "another input of length one"),
    Entry("XB", r"\bar X", "inputs: the rows of the design over their lengths"),
    Entry("H", "H", "kernel of the inputs of the sample, n x n"),
    Entry("XB2", r"\bar X_2", "fresh inputs, as many"),
    Entry("H2", "H_2", "kernel of fresh inputs and those of the sample"),
    Entry("yB", r"\mathbf{y}", "labels of the sample, any"),
    Entry("p", r"\mathbf{p}", "a point: the input is its direction"),
    Entry("xB", r"\bar x", "the input that is looked at"),
    Entry("hx", r"h(\bar x)", "kernel of that input and those of the sample"),
    Entry("EH", r"e^{-\tau H}", "what is left after the time tau: a function of H"),
    Entry("GH", r"\mathcal{G}", "what was learned until then: H^-1 (I - e^(-tau H))"),
    Entry("HI", r"\mathcal{G}_{\infty}", "the same after time without end"),
    Entry("wr", "w_{r}", "first-layer weights of one unit, N(0, I) in R^d"),
    Entry("Ix1", r"\mathbf{1}_{w_{r}^{\top}x\ge 0}", "1 where the unit is active at x"),
    Entry("Ix2", r"\mathbf{1}_{w_{r}^{\top}x'\ge 0}", "1 where the unit is active at x'"),
    Entry("h", "h", "fine-tuned weights; an index names the weights that training starts from"),
)

OTHERS: tuple[Entry, ...] = (
    Entry("R", "R(h)", "excess risk: R(h) = (h - t)' S (h - t)"),
    Entry("ridge_risk", r"R_{\gamma}(h)", "excess risk of ridge"),
    Entry("weak", r"\epsilon", "variance of one of infinitely many weak features"),
    Entry("eigenvalue", r"\lambda_{i}", "eigenvalues of the covariance"),
    Entry("gap", r"\Delta_{i}", "coordinates of target minus source weights in the eigenbasis of the covariance"),
    Entry("target", r"\theta_{T,i}", "coordinates of the target weights in the eigenbasis of the covariance"),
    Entry("source", r"\theta_{S,i}", "coordinates of the source weights in the eigenbasis of the covariance"),
    Entry(
        "kappa",
        r"\kappa",
        "effective regularisation: the root of sum_i lambda_i/(lambda_i + kappa) = n (1 - penalty/kappa)",
    ),
    Entry(
        "kernel_kappa",
        r"\kappa_{h}",
        "effective regularisation of kernel regression, in units of 1/d: the root of 1/kappa + 1/(1 + kappa) = n/d",
    ),
    Entry("error_limit", r"\bar b", "any number that a mean absolute error is compared with"),
    Entry("kernel_kappa_zero", r"\kappa_{h,0}", "the same where training starts from zero"),
    Entry("kernel_kappa_source", r"\tilde\kappa_{h}", "the same of the source regression, at n_source"),
    Entry("samples", "n_{i}", "samples of a task of a sequence"),
    Entry("noise", r"\sigma_{i}", "standard deviation of the label noise of that task"),
    Entry("apart", r"\delta_{i}^2", "squared distance of the weights of that task from those of the task in question"),
    Entry("apart_first", r"\delta_{0}^2", "the same of the weights that the first task starts from"),
    Entry("place", r"\xi", "first coordinate of a uniformly random direction in the plane"),
    Entry("best_time", r"t_{*}", "the time at which the expected excess risk is least"),
    Entry("kappa_zero", r"\kappa_0", "the same where training starts from zero"),
    Entry("mean", r"\mu_{i}", "mean of a coordinate of the error under the weight of the plane integral"),
    Entry("variance", r"\nu_{i}", "variance of that coordinate, in units of 1/x"),
    Entry("target_least", r"\tau_{-}", "least share of the target weights that the row span may hold"),
    Entry("target_most", r"\tau_{+}", "largest share of the target weights that the row span may hold"),
    Entry("source_least", r"\nu_{-}", "least share of the source weights that the row span may hold"),
    Entry("source_most", r"\nu_{+}", "largest share of the source weights that the row span may hold"),
    Entry("stretch_least", r"c_{\min}", "stretch at target_least and source_most"),
    Entry("stretch_most", r"c_{\max}", "stretch at target_most and source_least"),
    Entry("norm_least", r"\lVert h\rVert_{-}", "norm of the weights at target_least and source_most"),
    Entry("norm_most", r"\lVert h\rVert_{+}", "norm of the weights at target_most and source_least"),
    Entry("total_weight", r"\Omega", "sum of the weights of all events that may fail"),
    Entry("missed_share", r"\pi", "any share of a fixed vector off the row span"),
    Entry("risk_limit", r"r_0", "any number that a risk is compared with"),
    *(
        Entry(
            f"weight_{k}",
            rf"\omega_{{{k}}}",
            "weight of one event that may fail against the last; any will do",
        )
        for k in range(1, 6)
    ),
    Entry("worst_slope", r"\bar\Lambda", "risk over squared distance that no direction of t - u exceeds"),
    Entry("local_scale", r"\varkappa", "scale of the eigenvalues that count, in units of the largest; any will do"),
    Entry("chernoff_rate", r"\vartheta", "rate of an exponential moment; any will do"),
    Entry("tangent_point", r"\chi", "where the distribution function of a chi-square variable is touched"),
    Entry("tried_slope", r"\Lambda_0", "any number that the largest eigenvalue of Q S Q is compared with"),
    Entry("split_weight", r"\varsigma", "weight of one part of t - u against the other; any will do"),
    Entry("excess_edge", r"\mathcal{E}_0", "the excess over (alpha - beta)^2"),
    Entry("weight", r"\omega", "logarithm of the weight of the plane integral"),
    Entry("moment", "M_{m}", "moment of the test error, key linear.error_moments"),
    Entry("inverse_moment", "M_{-m}", "inverse moment of the test error, key linear.inverse_moments"),
    Entry("excess", r"\mathcal{E}", "how far apart alpha and beta are, measured by noise and error"),
    Entry("stretch", r"\bar c", "by how much the source is stretched off the row span: (|h|/|u|)^{1 - 1/L}"),
    Entry("along", r"\tau_{\parallel}", "coordinate of the target weights along the source weights"),
    Entry("across", r"\tau_{\perp}", "length of the target weights across the source weights"),
    Entry("seen", r"\lVert P\theta_T\rVert^2", "squared norm of the target weights in the row span of the design"),
    Entry("shared", r"\theta_S^{\top}P\theta_T", "inner product of source and target weights in that row span"),
    Entry("spread", r"\tau^2", "variance of a label given the source's prediction"),
    Entry(
        "edge",
        r"\zeta",
        "share of that variance at which the trained coefficient changes its sign",
    ),
    Entry(
        "source_residual",
        r"\tilde v_{\mathcal S}",
        "variance of a source label given the coordinates that the source is learned in",
    ),
    Entry("transferred_error", "M", "mean squared error of the transferred weights, key frozen.source_error"),
    Entry(
        "less_error", r"\Delta M", "error of the transferred weights at similarity 1 less that at the similarity given"
    ),
    Entry("coordinate_error", "M_{j}", "mean squared error of the transferred weight at the coordinate in question"),
    Entry(
        "residual",
        r"v_{\mathcal F}",
        "variance of a target label given the free coordinates, or the features of a probe, on average over the source",
    ),
    Entry(
        "least_residual",
        r"v_{0}",
        "variance of a target label given all coordinates that are not zeroed",
    ),
    Entry("trained_error", r"T", "what the weights that are trained cost where all that are transferred are trained"),
    Entry("ridge", r"\rho", "penalty in the resolvent (X'X + ridge)^-1"),
)

TABLE: tuple[Entry, ...] = (*QUANTITIES, *OTHERS, *LETTERS)
n, d, sigma = symbol("n"), symbol("d"), symbol("sigma")


def vector(name: str) -> Expression:
    """A deterministic vector in R^d."""
    return matrix(name, d, 1)


def covariance(name: str) -> Expression:
    """A deterministic symmetric d x d matrix."""
    return matrix(name, d, d, symmetric=True)


@cache
def _scalar_words() -> dict[Word, sp.Symbol]:
    """Which quadratic forms and traces of the letters are which quantities of the table."""
    u, t, w, gap = vector("u"), vector("t"), vector("w"), vector("D")
    s, a = covariance("S"), covariance("A")
    meanings = {
        "squared_distance": gap.T @ gap,
        "squared_target": t.T @ t,
        "squared_source": u.T @ u,
        "source_target": u.T @ t,
        "test_distance": gap.T @ a @ gap,
        "squared_between": vector("B").T @ vector("B"),
        "test_trace": trace(a),
        "test_ratio": trace(a @ inverse(s)),
        "squared_teacher": w.T @ w,
        "teacher_target": w.T @ t,
    }
    meanings |= _frozen_words()
    return {form.terms[0][0].traces[0]: symbol(name) for name, form in meanings.items()}


def _frozen_words() -> dict[str, Expression]:
    """The same at free, transferred and zeroed coordinates."""
    free, learned = symbol("free_parameters"), symbol("source_parameters")
    rest = d - free - symbol("transferred_parameters")
    taught, target = (matrix(name, learned, 1) for name in ("bS", "tS"))
    kept = matrix("J", learned, learned, projection=True)
    missed = vector("rF")
    hidden, trained, zeroed = matrix("bO", d - learned, 1), matrix("tF", free, 1), matrix("tZ", rest, 1)
    return {
        "squared_free": trained.T @ trained,
        "squared_zeroed": zeroed.T @ zeroed,
        "squared_transferred": target.T @ kept @ target,
        "squared_taught": taught.T @ kept @ taught,
        "taught_target": taught.T @ kept @ target,
        "squared_learned": taught.T @ taught,
        "squared_hidden": hidden.T @ hidden,
        "transferred_parameters": trace(kept),
        "unexplained": missed.T @ covariance("S") @ missed,
    }


def scalar_of(word: Word) -> sp.Symbol:
    """The quantity that a trace in deterministic letters is; an error names a trace that has no symbol."""
    for form, known in _scalar_words().items():
        if form.key == word.key:
            return known
    raise ValueError(f"{word} is no quantity of the notation table: average it, or add it to the table")


def number_of(target: Expression) -> sp.Expr:
    """An expression in such traces alone, in their symbols."""
    return sp.Add(*(sp.Mul(c, *(scalar_of(w) for w in m.traces)) for m, c in target.terms))
