"""Functions of NumPy and PyTorch as formulas: `F.linear(x, w, b)` is `x @ w.T + b`.

A row says how a call is written and what it means. A name may have several rows: the first that takes all arguments
of a call counts, and a call that none takes is refused, so that no argument is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from chainruler.notation.numpy_tree import Name, copied, whole_number
from chainruler.notation.options import is_device, kept_as

_TABLE = """
negative(x) = -x
neg(x) = -x
reciprocal(x) = 1 / x
t(x) = x.T
transpose(x) = x.T
transpose(x, axis, second_axis) = turned(x, axis, second_axis)
permute(x, order) = transpose(x, order)
permute(x, axis, second_axis) = transpose(x, (axis, second_axis))
len(x) = x.shape[0]
size(x) = x.shape
size(x, axis) = x.shape[axis]
numel(x) = x.size
linear(x, w) = x @ w.T
linear(x, w, b) = x @ w.T + b
masked_fill(x, mask, value) = where(mask, value, x)
heaviside(x, at_zero) = 1 * (x > 0) + at_zero * (x == 0)
softmax(x, axis) = softmax(x, axis=axis)
log_softmax(x, axis) = log_softmax(x, axis=axis)
logsumexp(x, axis) = logsumexp(x, axis=axis)
gather(x, axis, index) = entries_at(x, axis, index)
take_along_axis(x, indices, axis) = entries_at(x, axis, indices)
take_along_dim(x, indices, axis) = entries_at(x, axis, indices)
scatter(x, axis, index, value) = set_at(x, axis, index, value)
scatter_add(x, axis, index, value) = added_at(x, axis, index, value)
index_add(x, axis, index, value) = rows_added(x, axis, index, value)
multiply(a, b) = a * b
mul(a, b) = a * b
add(a, b) = a + b
add(a, b, *, alpha) = a + alpha * b
subtract(a, b) = a - b
sub(a, b) = a - b
sub(a, b, *, alpha) = a - alpha * b
rsub(a, b) = b - a
divide(a, b) = a / b
true_divide(a, b) = a / b
div(a, b) = a / b
power(a, b) = a ** b
pow(a, b) = a ** b
matmul(a, b) = a @ b
mm(a, b) = a @ b
bmm(a, b) = a @ b
mv(a, b) = a @ b
addmm(c, a, b) = c + a @ b
addmm(c, a, b, *, beta=1, alpha=1) = beta * c + alpha * (a @ b)
addmv(c, a, b) = c + a @ b
addmv(c, a, b, *, beta=1, alpha=1) = beta * c + alpha * (a @ b)
addr(c, a, b) = c + outer(a, b)
addr(c, a, b, *, beta=1, alpha=1) = beta * c + alpha * outer(a, b)
addcmul(c, a, b, *, value=1) = c + value * (a * b)
addcdiv(c, a, b, *, value=1) = c + value * (a / b)
greater(a, b) = a > b
gt(a, b) = a > b
greater_equal(a, b) = a >= b
ge(a, b) = a >= b
less(a, b) = a < b
lt(a, b) = a < b
less_equal(a, b) = a <= b
le(a, b) = a <= b
equal(a, b) = a == b
eq(a, b) = a == b
not_equal(a, b) = 1 - (a == b)
ne(a, b) = 1 - (a == b)
logical_not(x) = 1 - x
logical_and(a, b) = a * b
logical_or(a, b) = maximum(a, b)
fill(x, value) = full_like(x, value)
zero(x) = zeros_like(x)
copy(x) = x
clone(x) = x
detach(x) = detached(x)
stop_gradient(x) = detached(x)
astype(x, dtype) = x
type(x, dtype) = x
to(x, dtype) = x
to(x, device) = x
type_as(x, like) = like_numbers(x, like)
float(x) = x
double(x) = x
half(x) = x
numpy(x) = detached(x)
item(x) = detached(x)
cpu(x) = x
cuda(x) = x
contiguous(x) = x
requires_grad_(x) = x
requires_grad_(x, yes) = x
requires_grad_(x, *, requires_grad) = x
var(x, axis=None, *, ddof=0, keepdims=False) = variance(x, axis=axis, ddof=ddof, keepdims=keepdims)
var(x, axis=None, *, correction, keepdims=False) = variance(x, axis=axis, ddof=correction, keepdims=keepdims)
std(x, axis=None, *, ddof=0, keepdims=False) = sqrt(variance(x, axis=axis, ddof=ddof, keepdims=keepdims))
std(x, axis=None, *, correction, keepdims=False) = sqrt(variance(x, axis=axis, ddof=correction, keepdims=keepdims))
logsigmoid(x) = -softplus(-x)
array(x) = x
array(x, dtype) = x
asarray(x) = x
asarray(x, dtype) = x
asanyarray(x) = x
ascontiguousarray(x) = x
tensor(x) = x
as_tensor(x) = x
float64(x) = x
float32(x) = x
float_(x) = x
int(x) = as_whole(x)
int_(x) = as_whole(x)
int32(x) = as_whole(x)
int64(x) = as_whole(x)
long(x) = as_whole(x)
bool(x) = is_nonzero(x)
"""

_LOSSES = """
mse_loss(x, y) = (x - y) ** 2
l1_loss(x, y) = abs(x - y)
cross_entropy(x, y) = class_losses(x, y)
nll_loss(x, y) = -entry_losses(x, y)
binary_cross_entropy(x, y) = -(y * log(x) + (1 - y) * log(1 - x))
binary_cross_entropy_with_logits(x, y) = softplus(x) - y * x
"""
"""PyTorch's losses before their reduction, which is the mean where nothing else is said."""
_REDUCTIONS = {"mean": "mean", "sum": "sum", "none": ""}


def _row(text: str) -> tuple[str, ast.arguments, ast.expr]:
    """A row's name, its operands and its formula."""
    call, _, formula = text.partition(" = ")
    name, _, operands = call.removesuffix(")").partition("(")
    form = ast.parse(f"lambda {operands}: {formula}", mode="eval").body
    assert isinstance(form, ast.Lambda)  # noqa: S101 (so it is written; told to the type checker)
    for part in ast.walk(form.body):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            part.func = Name(part.func.id, ast.Load())
    return name, form.args, form.body


_ROWS = [_row(line) for line in _TABLE.strip().splitlines()]
_LOSS_ROWS = [_row(line) for line in _LOSSES.strip().splitlines()]
LOSSES = frozenset(name for name, _, _ in _LOSS_ROWS)
NAMES = frozenset(name for name, _, _ in _ROWS) | LOSSES


class _Filled(ast.NodeTransformer):
    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copied(self.given[node.id]) if node.id in self.given else node


def written(name: str, given: Sequence[ast.expr], named: Sequence[ast.keyword]) -> ast.expr | None:
    """What a call is replaced by; None where no row takes these arguments."""
    if name in LOSSES:
        return _reduced(name, given, named)
    return _filled(_ROWS, name, given, named)


def _reduced(name: str, given: Sequence[ast.expr], named: Sequence[ast.keyword]) -> ast.expr | None:
    """A loss of PyTorch: the mean over all that it is computed for, or what its keyword says."""
    asked = [k.value.value for k in named if k.arg == "reduction" and isinstance(k.value, ast.Constant)]
    single = _filled(_LOSS_ROWS, name, given, [k for k in named if k.arg != "reduction" or not asked])
    reduction = _REDUCTIONS.get(str((asked or ["mean"])[0]))
    if single is None or not reduction:
        return single if reduction is not None else None
    return _placed(ast.Call(Name(reduction, ast.Load()), [single], []), single)


def _filled(
    rows: Sequence[tuple[str, ast.arguments, ast.expr]],
    name: str,
    given: Sequence[ast.expr],
    named: Sequence[ast.keyword],
) -> ast.expr | None:
    for row, form, formula in rows:
        operands = _bound(form, given, named) if row == name else None
        if operands:
            filled = _Filled(operands).visit(copied(formula))
            dtype = operands.get("dtype")
            return _placed(filled if dtype is None else kept_as(dtype, filled) or filled, next(iter(operands.values())))
    return None


def _bound(form: ast.arguments, given: Sequence[ast.expr], named: Sequence[ast.keyword]) -> dict[str, ast.expr] | None:
    """Each operand of a row in a call; None if the arguments are others."""
    names = [operand.arg for operand in form.args]
    found = dict(zip(names, given, strict=False))
    for keyword in named:
        if keyword.arg is None or keyword.arg in found:
            return None
        found[keyword.arg] = keyword.value
    options = dict(zip((operand.arg for operand in form.kwonlyargs), form.kw_defaults, strict=True))
    options |= dict(zip(names[::-1], form.defaults[::-1], strict=False))
    missing = {option: default for option, default in options.items() if option not in found and default is not None}
    fits = len(given) <= len(names) and set(found) | set(missing) == {*names, *options}
    return {**found, **missing} if fits and all(_may_be(*operand) for operand in found.items()) else None


def _may_be(operand: str, value: ast.expr) -> bool:
    """Whether an argument is of the sort that the operand's name says."""
    if operand in {"axis", "second_axis"}:
        return all(whole_number(one) is not None for one in (value.elts if isinstance(value, ast.Tuple) else [value]))
    if operand == "dtype":
        return kept_as(value, value) is not None
    if operand in {"yes", "requires_grad"}:
        return isinstance(value, ast.Constant) and value.value is True
    return operand != "device" or is_device(value)


def misuse(name: str, named: Sequence[ast.keyword]) -> str:
    """What is wrong with a call that no row takes, naming its keywords and what the name takes."""
    ways = " or ".join(f"{name}({ast.unparse(form)})" for row, form, _ in [*_ROWS, *_LOSS_ROWS] if row == name)
    keywords = ", ".join(f'"{keyword.arg}"' for keyword in named)
    return f"{name}: {f'{keywords} is not read here' if keywords else 'these arguments are not read'}. It takes {ways}."


def _placed(node: ast.expr, place: ast.expr) -> ast.expr:
    """The same, standing in the text where another part does, but for the operands, which stand where they stood."""
    return ast.fix_missing_locations(ast.copy_location(node, place))
