"""The names that courses use, by what they name: p for probabilities, reg for a penalty factor, dscores for a gradient.

A row is a role. `{n}` is the number of a layer. What a problem or rubric names itself comes before all of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from chainruler.engine import Expression, variables
from chainruler.notation.calls import function_names
from chainruler.notation.formula import Function, Symbols

NUMBERED: Mapping[str, tuple[str, ...]] = {
    "scores": (
        "z{n}", "Z{n}", "z_{n}", "s{n}", "pre{n}", "l{n}", "u{n}", "net{n}", "h_pre{n}", "hpreact{n}", "preact{n}",
    ),
    "hidden": (
        "a{n}", "A{n}", "h{n}", "H{n}", "a_{n}", "h_{n}", "hidden{n}", "relu{n}", "act{n}", "l{n}", "layer{n}",
        "out{n}",
    ),
    "probabilities": ("a{n}", "A{n}", "a_{n}", "l{n}", "layer{n}", "out{n}"),
    "inputs": ("a{n}", "A{n}", "h{n}", "z{n}", "l{n}"),
    "weights": ("w{n}", "weight{n}", "weights{n}", "Wt{n}", "theta{n}", "Theta{n}"),
    "bias": ("b{n}", "bias{n}", "biases{n}"),
    "delta": ("delta{n}", "delta_{n}", "err{n}", "error{n}", "D{n}"),
}  # fmt: skip
ALONE: Mapping[str, tuple[str, ...]] = {
    "scores": ("z", "Z", "scores", "score", "logits", "out", "output", "outputs", "s", "S", "a", "o", "O"),
    "hidden": (
        "a", "A", "h", "H", "hidden", "hidden_layer", "hidden_output", "hidden_out", "hidden_relu", "relu_out",
        "relu_output", "h_relu", "hid", "act", "activation", "activations",
    ),
    "probabilities": (
        "p", "P", "q", "Q", "s", "S", "a", "A", "AL", "aL", "O", "o", "pi", "p_hat", "P_hat", "y_hat", "Y_hat", "yhat",
        "Yhat", "y_pred", "Y_pred", "y_tilde", "y_bar", "pred", "preds", "prediction", "predictions", "prob", "probs",
        "probabilities", "softmax_out", "softmax_output", "softmax_probs", "output", "outputs", "out", "a_out",
        "h", "H",
    ),
    "targets": (
        "Y", "y", "t", "T", "e_y", "onehot", "one_hot", "y_onehot", "Y_onehot", "y_one_hot", "Y_one_hot", "y_oh",
        "Y_oh", "yb", "Yb", "ys", "onehot_y", "onehot_labels", "one_hot_labels", "y_enc",
        "y_hot", "targets", "target", "labels", "label", "y_true", "Y_true", "Delta", "gt",
    ),
    "classes": ("y", "labels", "label", "targets", "target", "y_true", "y_batch", "y_train", "Y", "yb", "Yb", "ys"),
    "samples": (
        "N", "n", "m", "M", "B", "num_train", "num_examples", "num_samples", "n_samples", "n_examples", "batch_size",
        "bs", "n_train",
    ),
    "outputs": ("C", "K", "num_classes", "n_classes", "num_class"),
    "units": ("H", "n_hidden", "num_hidden", "hidden_size", "hidden_dim", "hidden_units", "n_h", "nh"),
    "features": ("D", "n_features", "num_features", "input_size", "input_dim", "n_in", "n_x", "nx"),
    "penalty": (
        "lam", "lambda", "lambd", "lmbda", "lmbd", "reg", "reg_strength", "regularization", "regularization_strength",
        "reg_lambda", "lambda_", "lambda_reg", "alpha", "beta", "weight_decay", "wd", "l2", "l2_reg", "L2",
    ),
    "inputs": ("x", "X", "inputs", "input", "features", "data", "X_batch", "x_batch", "X_train", "x_train"),
    "weights": ("W", "w", "theta", "Theta", "weights", "weight", "V", "U", "beta", "th"),
    "bias": ("b", "bias", "biases", "theta0", "theta_0", "th0", "th_0", "beta0", "beta_0", "w0", "w_0"),
    "delta": ("delta", "err", "error"),
    "activation": ("phi", "varphi", "f", "g"),
    "epsilon": ("eps", "epsilon", "varepsilon", "EPS"),
    "mean": ("mu", "mean", "mu_B", "sample_mean", "batch_mean", "x_mean", "avg"),
    "variance": ("var", "sigma2", "sigma_sq", "sample_var", "batch_var", "x_var", "variance"),
    "normalised": (
        "xhat", "x_hat", "X_hat", "zhat", "z_hat", "Z_hat", "xnorm", "x_norm", "X_norm", "z_norm", "normalized",
        "x_normalized", "normed",
    ),
    "deviation": ("std", "sigma_B", "sample_std"),
    "normalised output": ("out", "y", "out_norm", "bn_out", "y_bn", "z_bn"),
    "learnt slope": ("alpha",),
    "scale": ("gamma",),
    "shift": ("beta",),
}  # fmt: skip
FORWARD = frozenset({"scores", "hidden", "probabilities", "targets", "classes", "inputs", "weights", "bias"})
"""The roles of what the forward pass has."""
OF_ANY: Mapping[str, tuple[str, ...]] = {"scores": ("z", "Z")}
"""Those of a layer without its number: it is read as each of them."""
LAST: Mapping[str, tuple[str, ...]] = {
    "scores": ("z_out", "z_o", "scores", "score", "logits", "out", "output", "outputs", "s", "S", "o", "O"),
    "delta": ("delta_out", "delta_output", "delta_o", "delta_L", "deltaL", "delta_output_layer", "output_error"),
}
"""Those of the last layer."""
ONLY_HIDDEN: Mapping[str, tuple[str, ...]] = {
    "scores": (
        "hpreact",
        "h_preact",
        "h_pre",
        "hpre",
        "preact",
        "pre_act",
        "z_hidden",
        "z_h",
        "hidden_in",
        "hidden_pre",
    ),
    "delta": ("delta_hidden", "delta_h", "hidden_error", "delta_hid"),
}
GRADIENTS = (
    "d{x}", "d_{x}", "grad_{x}", "{x}_grad", "g_{x}", "{x}_bar", "dL_d{x}", "dJ_d{x}", "dE_d{x}", "dloss_d{x}",
    "dC_d{x}", "dLd{x}", "dJd{x}", "dEd{x}", "d{x}_", "nabla_{x}", "grad{x}", "G_{x}",
)  # fmt: skip
"""The gradient by what is called x."""
SLOPES = (
    "{f}_grad", "{f}_derivative", "{f}_prime", "d{f}", "d_{f}", "{f}_deriv", "{f}_gradient", "grad_{f}", "{f}_der",
)  # fmt: skip
"""The derivative of a function that is called f."""
SLOPE = "the derivative of"
"""How the report says what such a name is read as."""


_MEANINGS = {
    "scores": "the scores", "hidden": "hidden values", "probabilities": "the probabilities", "targets": "the targets",
    "samples": "the number of samples", "outputs": "the number of classes", "penalty": "the factor of the penalty",
    "units": "the number of hidden units", "features": "the number of inputs",
    "inputs": "the input", "weights": "a weight", "bias": "a bias", "delta": "the gradient by scores",
}  # fmt: skip


def usual_meaning(name: str) -> str | None:
    """What a name is in most courses; None for none of theirs."""
    role = next((role for role, names in ALONE.items() if name in names), None)
    return _MEANINGS.get(role or "")


@dataclass(frozen=True)
class Quantity:
    """Something of a problem that has a role, and so the names of this role."""

    role: str
    shown: str
    meaning: Expression | Function
    numbers: tuple[int, ...] = ()
    """Its layer, counted as the problem does or from the input on."""
    alone: bool = True
    """Whether it is the only one of its role, and needs no number."""
    last: bool = False
    only_hidden: bool = False
    gradient: bool = False
    """Whether it is the gradient by what has the names."""
    called: tuple[str, ...] = ()
    """What it is called besides the names of its role."""

    @property
    def is_forward(self) -> bool:
        """Whether it is a value of the forward pass."""
        return self.role in FORWARD and not self.gradient

    @property
    def names(self) -> Iterator[str]:
        """The names that courses use for it."""
        plain = [name.format(n=n) for n in self.numbers for name in NUMBERED.get(self.role, ())]
        plain += self.called
        plain += (ALONE if self.alone else OF_ANY).get(self.role, ())
        plain += LAST.get(self.role, ()) if self.last else ()
        plain += ONLY_HIDDEN.get(self.role, ()) if self.only_hidden else ()
        for name in dict.fromkeys(plain):
            if self.gradient:
                yield from (spelling.format(x=name) for spelling in GRADIENTS)
            else:
                yield name


class Offered(dict[str, tuple[Quantity, ...]]):
    """By the names of courses, what of a problem may be meant; not changed once it is made."""

    @cached_property
    def names_of(self) -> Mapping[Expression | Function, Sequence[str]]:
        """By what may be meant, the names that may mean it."""
        found: dict[Expression | Function, list[str]] = {}
        for name, quantities in self.items():
            for quantity in quantities:
                found.setdefault(quantity.meaning, []).append(name)
        return found

    def within(self, known: set[Expression | Function]) -> Offered:
        """Those that are made of what is known alone."""
        barred = {meaning for meaning, symbols in self._symbols.items() if not known >= symbols}
        changed = dict.fromkeys(name for meaning in barred for name in self.names_of[meaning])
        found = Offered(self)
        for name in changed:
            found[name] = tuple(quantity for quantity in self[name] if quantity.meaning not in barred)
            if not found[name]:
                del found[name]
        return found

    @cached_property
    def _symbols(self) -> Mapping[Expression | Function, set[Expression]]:
        """The symbols in each expression that may be meant."""
        return {one: set(variables([one])) for one in self.names_of if isinstance(one, Expression)}


def offered(quantities: list[Quantity]) -> Offered:
    """What each name may mean: once for each meaning."""
    found: dict[str, dict[object, Quantity]] = {}
    for quantity in quantities:
        for name in quantity.names:
            found.setdefault(name, {}).setdefault(quantity.meaning, quantity)
    functions = function_names()
    spelled = {name: value_of(name) if name in functions else name for name in found}
    return Offered({spelled[name]: tuple(meanings.values()) for name, meanings in found.items()})


def value_of(function: str) -> str:
    """The name of an array that is called like a function: `onehot` by itself, and not in `onehot(y)`."""
    return f"{function} "


@dataclass
class Vocabulary(Mapping[str, "Expression | Function"]):
    """The names that are declared, and behind them those of courses, of which only the declared ones are listed."""

    declared: Symbols
    offered: Mapping[str, tuple[Quantity, ...]]
    choice: Mapping[str, int] = field(default_factory=dict)
    """Which meaning is tried, where a name has several."""
    claims: frozenset[str] = frozenset()
    """What courses call the line that is asked, which may stand on a left side only."""
    asked: set[str] = field(default_factory=set)
    """The names of courses that were looked up."""
    raised: set[str] = field(default_factory=set)
    """Those with a number above them that may be a power, or that of a layer."""

    @property
    def choices(self) -> dict[str, int]:
        """How many ways there are to read each name that has several, as far as they were met."""
        several = {name: len(self.offered[name]) for name in self.asked}
        return {name: ways for name, ways in several.items() if ways > 1} | dict.fromkeys(self.raised, 2)

    def is_value(self, name: str) -> bool:
        """Whether courses, or the problem, call a value of the forward pass so, and no gradient."""
        quantities = self.offered.get(name, ())
        return bool(quantities) and all(one.is_forward for one in quantities)

    def meanings(self, name: str) -> list[Expression | Function]:
        """All that a name may mean."""
        if name in self.declared:
            return [self.declared[name]]
        return [one.meaning for one in self.offered.get(name, ())]

    def is_layer(self, name: str) -> bool:
        """Whether the number above a name is read as that of its layer: both ways are tried."""
        self.raised.add(f"{name}^")
        return self.choice.get(f"{name}^", 0) == 1

    def __getitem__(self, name: str) -> Expression | Function:
        if name in self.declared:
            return self.declared[name]
        meanings = self.offered[name]
        self.asked.add(name)
        return meanings[self.choice.get(name, 0)].meaning

    def __contains__(self, name: object) -> bool:
        return name in self.declared or name in self.offered

    def __iter__(self) -> Iterator[str]:
        return iter(self.declared)

    def __len__(self) -> int:
        return len(self.declared)

    def taken(self, names: Iterable[str]) -> dict[str, Quantity]:
        """What the names of courses among these were read as."""
        found = [name for name in dict.fromkeys(names) if name not in self.declared and name in self.offered]
        return {name: self.offered[name][self.choice.get(name, 0)] for name in found}


def note(name: str, quantity: Quantity) -> str:
    """What a name was read as; nothing where a large letter is only written small."""
    name = name.strip()
    return "" if name.casefold() == quantity.shown.casefold() else f"{name} is read as {quantity.shown}."


@cache
def stems() -> frozenset[str]:
    """What the names of courses begin with, before a number or subscript."""
    plain = {name.partition("{")[0].rstrip("_") for names in NUMBERED.values() for name in names}
    plain |= {name for table in (ALONE, LAST, ONLY_HIDDEN) for names in table.values() for name in names}
    plain |= {spelling.format(x=name) for name in plain for spelling in GRADIENTS}
    letters = {name[0] for name in plain if len(name.partition("_")[0]) == 1}
    return frozenset(plain | letters | {letter.swapcase() for letter in letters})
