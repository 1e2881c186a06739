"""How NumPy, PyTorch and courses spell what a formula has: `np.multiply(a, b)` is `a * b`, `x.mm(w)` is `x @ w`.

The tree is rewritten before it is read, so the reader knows one spelling of each. Places in the text stay.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from chainruler.notation import templates
from chainruler.notation.index import is_every_row

MODULES = frozenset(
    [
        "np",
        "numpy",
        "torch",
        "F",
        "nn",
        "functional",
        "math",
        "jnp",
        "jax",
        "tf",
        "scipy",
        "special",
        "self",
        "model",
        "net",
        "utils",
    ]
)
"""What may stand before a function and says nothing."""
_UNCHANGED = frozenset(
    [
        "copy",
        "clone",
        "detach",
        "astype",
        "float",
        "double",
        "half",
        "numpy",
        "array",
        "asarray",
        "asanyarray",
        "ascontiguousarray",
        "contiguous",
        "tensor",
        "as_tensor",
        "float64",
        "float32",
        "int64",
        "int32",
        "int",
        "cpu",
        "cuda",
        "to",
        "requires_grad_",
        "int_",
        "float_",
        "stack",
        "vstack",
        "bool",
        "long",
        "type",
    ]
)
"""Functions and methods that leave the numbers as they are."""
_BINARY: dict[str, type[ast.operator]] = {
    "multiply": ast.Mult, "mul": ast.Mult, "add": ast.Add, "subtract": ast.Sub, "sub": ast.Sub, "divide": ast.Div,
    "true_divide": ast.Div, "div": ast.Div, "matmul": ast.MatMult, "mm": ast.MatMult, "bmm": ast.MatMult,
    "mv": ast.MatMult, "power": ast.Pow, "pow": ast.Pow,
}  # fmt: skip
_RELATIONS: dict[str, type[ast.cmpop]] = {
    "greater": ast.Gt, "gt": ast.Gt, "greater_equal": ast.GtE, "ge": ast.GtE, "less": ast.Lt, "lt": ast.Lt,
    "less_equal": ast.LtE, "le": ast.LtE, "equal": ast.Eq, "eq": ast.Eq, "not_equal": ast.NotEq, "ne": ast.NotEq,
}  # fmt: skip
_OTHER_NAMES = {
    "amax": "max", "amin": "min", "fmax": "maximum", "fmin": "minimum", "expit": "sigmoid", "unsqueeze": "expand_dims",
    "view": "reshape", "ravel": "flatten", "clamp": "clip", "absolute": "abs", "expand": "broadcast_to",
    "clamp_min": "maximum", "clamp_max": "minimum", "average": "mean",
}  # fmt: skip
_KEYWORDS = {
    "num_classes": "classes",
    "dim": "axis",
    "keepdim": "keepdims",
    "a_min": "lo",
    "a_max": "hi",
    "min": "lo",
    "max": "hi",
}
_METHODS = frozenset(
    [
        "sum",
        "mean",
        "max",
        "min",
        "dot",
        "transpose",
        "reshape",
        "swapaxes",
        "take",
        "exp",
        "log",
        "sqrt",
        "abs",
        "tanh",
        "sigmoid",
        "relu",
        "softmax",
        "clip",
        "squeeze",
        "flatten",
        "expand_dims",
        "sign",
        "square",
        "diag",
        "outer",
        "norm",
        "maximum",
        "minimum",
        "zeros_like",
        "ones_like",
        "softplus",
        "log_softmax",
        "cos",
        "sin",
        "broadcast_to",
        "one_hot",
        "logsumexp",
    ]
)
"""Functions that may be written as methods of their first operand."""


def spelled(tree: ast.expr, known: Callable[[str], bool]) -> ast.expr:
    """The tree in the reader's own spelling; a name that is `known` means what the problem says."""
    rewritten: ast.expr = _Speller(known).visit(tree)
    return rewritten


class _Speller(ast.NodeTransformer):
    def __init__(self, known: Callable[[str], bool]) -> None:
        self.known = known

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        function, given = node.func, list(node.args)
        if isinstance(function, ast.Name):
            name = function.id
            if self.known(name):
                return node
            if name == "sum" and given and isinstance(given[0], ast.ListComp | ast.GeneratorExp):
                node.keywords.append(ast.keyword("axis", ast.Constant(0)))  # Python's own adds up what is listed
        elif isinstance(function, ast.Attribute) and self._is_module(function.value):
            name = function.attr
        elif isinstance(function, ast.Attribute):
            name, given = function.attr, [function.value, *given]
            if not self._is_method(name):
                return node
            if name in {"max", "min"} and len(given) == 2:
                node.keywords.append(ast.keyword("axis", given.pop()))
        else:
            return node
        return ast.copy_location(self._called(name, given, node), node)

    def _is_module(self, node: ast.expr) -> bool:
        """Whether this is np, torch.nn.functional and the like."""
        if isinstance(node, ast.Attribute):
            return self._is_module(node.value) and node.attr in MODULES | {"linalg"}
        return isinstance(node, ast.Name) and node.id in MODULES and not self.known(node.id)

    def _is_method(self, name: str) -> bool:
        return name in _METHODS | _UNCHANGED | templates.NAMES or name in {**_BINARY, **_RELATIONS, **_OTHER_NAMES}

    def _called(self, name: str, given: list[ast.expr], node: ast.Call) -> ast.expr:
        """The call of a function by its bare name."""
        simple = _simple(name, given)
        if simple is not None:
            return simple
        name = _OTHER_NAMES.get(name, name)
        named = [ast.keyword(_KEYWORDS.get(k.arg or "", k.arg), k.value) for k in node.keywords]
        if name in {"max", "min"}:  # of these, `max` is no keyword but of clip
            named = [k for k in named if k.arg in {"axis", "keepdims"}]
        if name in {"zeros", "ones"} and len(given) > 1:
            given = [ast.copy_location(ast.Tuple(given, ast.Load()), node)]
        if name in {"reshape", "broadcast_to"} and len(given) != 2:
            given = [*given[:1], ast.copy_location(ast.Tuple(given[1:], ast.Load()), node)] if given else given
        if (
            name in {"reshape", "broadcast_to"}
            and len(given) == 2
            and not isinstance(given[1], ast.Tuple | ast.Attribute)
        ):
            given[1] = ast.copy_location(ast.Tuple([given[1]], ast.Load()), given[1])
        function = ast.copy_location(ast.Name(name, ast.Load()), node.func)
        return ast.Call(function, given, named)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if node.attr == "newaxis" and self._is_module(node.value):
            return ast.copy_location(ast.Constant(None), node)
        if node.attr in {"values", "data"} and isinstance(node.value, ast.Call | ast.Name):
            return node.value  # torch.max gives values and places; a tensor has its data
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """A[i, j, None] is A[i, j][:, None]."""
        self.generic_visit(node)
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
        if len(keys) == 3 and isinstance(keys[2], ast.Constant) and keys[2].value is None:
            picked = ast.Subscript(node.value, ast.Tuple(keys[:2], ast.Load()), ast.Load())
            column = ast.Tuple([ast.Slice(), keys[2]], ast.Load())
            new = ast.Subscript(ast.copy_location(picked, node), column, node.ctx)
            return ast.fix_missing_locations(ast.copy_location(new, node)) if is_every_row(keys[0]) else node
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Invert | ast.Not):
            return ast.copy_location(ast.BinOp(_number(1, node), ast.Sub(), node.operand), node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.BitAnd):
            return ast.copy_location(ast.BinOp(node.left, ast.Mult(), node.right), node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.NotEq):
            same = ast.copy_location(ast.Compare(node.left, [ast.Eq()], node.comparators), node)
            return ast.copy_location(ast.BinOp(_number(1, node), ast.Sub(), same), node)
        return node


def _simple(name: str, given: Sequence[ast.expr]) -> ast.expr | None:
    """What is written with an operator, or with nothing; None for a function that stays one."""
    if name in _UNCHANGED and given:
        return given[0]
    if name in _BINARY and len(given) == 2:
        return ast.BinOp(given[0], _BINARY[name](), given[1])
    if name in _RELATIONS and len(given) == 2:
        compared = ast.Compare(given[0], [_RELATIONS[name]()], [given[1]])
        return _Speller(lambda _: False).visit_Compare(ast.copy_location(compared, given[0]))
    return templates.written(name, given)


def _number(value: int, place: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Constant(value), place)
