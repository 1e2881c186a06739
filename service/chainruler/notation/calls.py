"""The functions that a formula may call, in either notation: the engine's own, bound by their signatures.

What an argument may be follows from the annotation of its parameter, so that a function of the engine, or a new
primitive, needs no line here but its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from fractions import Fraction
from inspect import Parameter, Signature, isfunction, signature
from typing import Any, TypeAlias

from chainruler import engine
from chainruler.engine import Expression, ExpressionError, Primitive, functions, size
from chainruler.notation import picking
from chainruler.notation.formula import Build, Fragment
from chainruler.notation.pytorch_functions import PYTORCH
from chainruler.notation.reshaping import RESHAPING

Literal: TypeAlias = "int | float | Fraction | bool | str | tuple[Literal, ...] | None"
"""A written-out argument: a number, True, False, None, the name of a size, or several of these."""


class Argument:
    """One argument as it is written: read as an operand or as a literal, as the function wants it."""

    def operand(self) -> Fragment:
        """The argument as an expression."""
        raise NotImplementedError

    def operands(self) -> list[Fragment]:
        """The argument as several expressions in parentheses."""
        raise NotImplementedError

    def literal(self) -> Literal:
        """The argument as a literal; sizes by name."""
        raise NotImplementedError


def _dot(a: engine.Operand, b: engine.Operand) -> Expression:
    a, b = engine.as_expression(a), engine.as_expression(b)
    if max(a.ndim, b.ndim) > 2:
        raise ExpressionError("dot takes vectors and matrices; for stacks of matrices write @.")
    return a * b if not a.ndim or not b.ndim else a @ b


def _diag(x: Expression) -> Expression:
    if x.ndim != 1:
        raise ExpressionError(f"diag needs a vector here, but got the shape {engine.show_shape(x.shape)}.")
    return engine.diag(x)


def _full(shape: engine.Shape, fill_value: Expression) -> Expression:
    if fill_value.shape:
        raise ExpressionError("full takes a number or scalar: full((N, 3), 0.5).")
    return engine.broadcast_to(fill_value, shape)


def _ones(shape: engine.Shape) -> Expression:
    return engine.broadcast_to(1, shape)


def _zeros(shape: engine.Shape) -> Expression:
    return engine.broadcast_to(0, shape)


def _min(x: engine.Operand, axis: functions.Axes = None, *, keepdims: bool = False) -> Expression:
    return -engine.max_of(-engine.as_expression(x), axis, keepdims=keepdims)


def _variance(x: Expression, axis: functions.Axes = None, ddof: int = 0, *, keepdims: bool = False) -> Expression:
    """The mean of the squared distances from the mean, or their sum over a number that is `ddof` less."""
    squared = engine.square(x - engine.mean(x, axis, keepdims=True))
    if not ddof:
        return engine.mean(squared, axis, keepdims=keepdims)
    count = size([x.shape[a] for a in functions.axes_of(x, axis)])
    return engine.sum_of(squared, axis, keepdims=keepdims) / (count - ddof)


def _norm(x: engine.Operand) -> Expression:
    return engine.sqrt(engine.norm2(x))


def _clip(x: Expression, lo: Expression | None = None, hi: Expression | None = None) -> Expression:
    x = x if lo is None else engine.maximum(x, lo)
    return x if hi is None else engine.minimum(x, hi)


def _zeros_like(x: Expression) -> Expression:
    return engine.broadcast_to(0, x.shape)


def _ones_like(x: Expression) -> Expression:
    return engine.broadcast_to(1, x.shape)


def _log_softmax(x: Expression, axis: int = -1) -> Expression:
    return x - engine.logsumexp(x, axis, keepdims=True)


def _cosh(x: Expression) -> Expression:
    return (engine.exp(x) + engine.exp(-x)) / 2


def _sech(x: Expression) -> Expression:
    return 1 / _cosh(x)


def _sinh(x: Expression) -> Expression:
    return (engine.exp(x) - engine.exp(-x)) / 2


def _full_like(x: Expression, fill_value: Expression) -> Expression:
    return _full(x.shape, fill_value)


def _is_own(function: object) -> bool:
    """Whether the engine's functions of arrays are defined where this one is."""
    return isfunction(function) and function.__module__ == functions.__name__


ONE_HOT = frozenset({"onehot", "one_hot"})
"""The names of the function that makes one-hot rows of class numbers."""
FUNCTIONS: Mapping[str, Callable[..., Expression]] = {
    **{name: function for name, function in vars(functions).items() if name in engine.__all__ and _is_own(function)},
    "abs": engine.absolute, "absolute": engine.absolute, "sum": engine.sum_of, "max": engine.max_of, "min": _min,
    "dot": _dot, "diag": _diag, "eye": engine.identity,
    "identity": engine.identity, "take": engine.gather, "full": _full, "ones": _ones, "zeros": _zeros, "norm": _norm,
    "variance": _variance,
    "ReLU": engine.relu, "sgn": engine.sign, "sech": _sech,
    "one_hot": engine.onehot, "heaviside": engine.step, "ln": engine.log,
    "clip": _clip, "zeros_like": _zeros_like,
    "ones_like": _ones_like, "log_softmax": _log_softmax, "cosh": _cosh, "sinh": _sinh, "full_like": _full_like,
    "as_whole": picking.as_whole, "is_nonzero": picking.is_nonzero,
    "like_numbers": picking.like_numbers, "entries_at": picking.entries_at, "set_at": picking.set_at,
    "added_at": picking.added_at, "rows_added": picking.rows_added, "bincount": picking.bincount,
    "arange": picking.arange, **PYTORCH, **RESHAPING,
}  # fmt: skip
PICKING = frozenset(
    {
        "select", "gather", "take", "scatter", "onehot", "one_hot", "equal", "reshape", "broadcast_to", "as_whole",
        "stack", "entries_at", "set_at", "added_at", "rows_added", "bincount", "squeeze", "flatten", "expand_dims",
        "broadcast", "full", "index_put", "class_losses", "entry_losses", "detached",
    }
)  # fmt: skip
"""What takes class numbers for what they are; all other functions calculate."""
METHODS = frozenset({"sum", "mean", "max", "min", "dot", "transpose", "reshape", "swapaxes", "take", "T"})
"""What may be written as a method, A.sum(axis=0), as NumPy has it."""
_WRITTEN_OTHERWISE = frozenset({"variable", "constant", "size", "add", "multiply", "power", "compare"})


def function_names() -> set[str]:
    """Every name that can be called."""
    return set(FUNCTIONS) | (set(Primitive.registry) - _WRITTEN_OTHERWISE)


def called(name: str, positional: Sequence[Argument], named: Mapping[str, Argument]) -> tuple[list[Fragment], Build]:
    """The operands of a call, and how its expression is built of theirs; ExpressionError if it takes others."""
    errors = []
    for target, form in _candidates(name):
        try:
            bound = form.bind(*positional, **named).arguments
        except TypeError as error:
            errors.append(f"{name}: {error}. It takes {_usage(name, form)}.")
            continue
        return _bound(target, form, bound)
    raise ExpressionError(errors[0])


def _candidates(name: str) -> list[tuple[Callable[..., Expression], Signature]]:
    """What the name may stand for: a function of the engine, or a primitive with its fields as keywords."""
    found: list[tuple[Callable[..., Expression], Signature]] = []
    if name in FUNCTIONS:
        found.append((FUNCTIONS[name], signature(FUNCTIONS[name])))
    kind = Primitive.registry.get(name)
    if kind is not None and name not in _WRITTEN_OTHERWISE and (fields(kind) or not found):
        static = [Parameter(f.name, Parameter.KEYWORD_ONLY, default=f.default, annotation=f.type) for f in fields(kind)]
        static = [p if p.default is not MISSING else p.replace(default=Parameter.empty) for p in static]
        operands = Parameter("operands", Parameter.VAR_POSITIONAL, annotation="Operand")

        def build(*operands: Expression, **static: Any) -> Expression:
            return kind(**static)(*operands)

        found.append((build, Signature([operands, *static])))
    return found


def _usage(name: str, form: Signature) -> str:
    """How the function is called, in a user's words."""
    names = [p.name if p.default is Parameter.empty else f"{p.name}={p.default}" for p in form.parameters.values()]
    return f"{name}({', '.join(names)})"


def _bound(
    target: Callable[..., Expression], form: Signature, bound: Mapping[str, Any]
) -> tuple[list[Fragment], Build]:
    """The operands among the arguments, and the call with everything else filled in."""
    parts: list[Fragment] = []
    slots: list[tuple[str, int | None]] = []
    static: dict[str, Any] = {}
    for parameter, argument in bound.items():
        wanted = str(form.parameters[parameter].annotation)
        if form.parameters[parameter].kind is Parameter.VAR_POSITIONAL or "Sequence[Operand]" in wanted:
            several = [a.operand() for a in argument] if isinstance(argument, tuple) else argument.operands()
            slots.append((parameter, len(several)))
            parts.extend(several)
        elif "Operand" in wanted or "Expression" in wanted:
            slots.append((parameter, None))
            parts.append(argument.operand())
        else:
            static[parameter] = _static(parameter, wanted, argument.literal())

    def build(operands: Sequence[Expression]) -> Expression:
        rest = iter(operands)
        given = {p: next(rest) if n is None else [next(rest) for _ in range(n)] for p, n in slots}
        spread = [p for p, _ in slots if form.parameters[p].kind is Parameter.VAR_POSITIONAL]
        first = given.pop(spread[0]) if spread else []
        return target(*first, **given, **static)  # type: ignore[misc]

    return parts, build


def _static(name: str, wanted: str, value: Literal) -> Any:
    """A literal as the parameter wants it."""
    several = value if isinstance(value, tuple) else (value,)
    is_tuple = isinstance(value, tuple)
    whole = all(isinstance(v, int) and not isinstance(v, bool) for v in several)
    if "bool" in wanted:
        if value in (True, False, 0, 1):
            return bool(value)
        raise ExpressionError(f"{name} must be True or False.")
    if "Dim" in wanted or "Shape" in wanted:
        if all(isinstance(v, int | str) and not isinstance(v, bool) and v != 0 for v in several):
            return value if wanted.rpartition(".")[2] == "Dim" else several
        raise ExpressionError(f"{name} must be sizes, such as (N, 3).")
    if "Axes" in wanted and value is None:
        return None
    if ("float" in wanted or "Number" in wanted) and isinstance(value, int | float | Fraction):
        return value
    if not whole or (wanted == "int" and is_tuple):
        raise ExpressionError(f"{name} must be a whole number that is written out.")
    return several if "tuple" in wanted or "Pair" in wanted else value
