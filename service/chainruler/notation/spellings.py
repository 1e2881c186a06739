"""How NumPy, PyTorch and courses spell what a formula has: `np.multiply(a, b)` is `a * b`, `x.mm(w)` is `x @ w`.

The tree is rewritten before it is read, so the reader knows one spelling of each. Places in the text stay.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import reduce

from chainruler.notation import options, templates
from chainruler.notation.numpy_tree import Name, copied, dotted, is_every_row

MODULES = frozenset(
    {
        "np", "numpy", "torch", "F", "nn", "functional", "math", "jnp", "jax", "tf", "scipy", "special", "self",
        "model", "net", "utils",
    }
)  # fmt: skip
"""What may stand before a function and says nothing."""
OWN_MODULES = frozenset({"self", "model", "net", "utils"})
"""Of these, what functions of one's own may be part of."""
_OTHER_NAMES = {
    "amax": "max", "amin": "min", "fmax": "maximum", "fmin": "minimum", "expit": "sigmoid", "unsqueeze": "expand_dims",
    "view": "reshape", "ravel": "flatten", "clamp": "clip", "absolute": "abs", "expand": "broadcast_to",
    "clamp_min": "maximum", "clamp_max": "minimum", "average": "mean", "cat": "concatenate", "diag_embed": "diagonal",
    "SM": "softmax",
}  # fmt: skip
_KEYWORDS = {"num_classes": "classes", "dim": "axis", "keepdim": "keepdims", "a_min": "lo", "a_max": "hi"}
_OF_CLIP = {"min": "lo", "max": "hi"}
_METHODS = frozenset(
    {
        "sum", "mean", "max", "min", "dot", "transpose", "reshape", "swapaxes", "take", "exp", "log", "sqrt", "abs",
        "tanh", "sigmoid", "relu", "softmax", "clip", "squeeze", "flatten", "expand_dims", "sign", "square", "diag",
        "outer", "norm", "maximum", "minimum", "zeros_like", "ones_like", "softplus", "log_softmax", "cos", "sin",
        "broadcast_to", "one_hot", "logsumexp", "argmax", "full_like",
        "index_put",
    }
)  # fmt: skip
"""Functions that may be written as methods of their first operand."""


def spelled(tree: ast.expr, known: Callable[[str], bool]) -> ast.expr:
    """The tree in the reader's own spelling; a name that is `known` means what the problem says."""
    rewritten: ast.expr = _Speller(known).visit(copied(tree))
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
                return self._summed(node)
        elif isinstance(function, ast.Attribute) and self._is_of_object(function):
            return node
        elif isinstance(function, ast.Attribute) and self._is_module(function.value):
            name = function.attr
        elif isinstance(function, ast.Attribute):
            name, given = function.attr, [function.value, *given]
            if name.endswith("_") and name not in templates.NAMES and isinstance(function.value, ast.Call | ast.BinOp):
                name = name[:-1]  # what is changed in place has no other name
            if not is_method(name):
                return node
            if name in {"max", "min"} and len(given) == 2:
                node.keywords.append(ast.keyword("axis", given.pop()))
        else:
            return node
        return ast.copy_location(self._called(name, given, node), node)

    def _is_of_object(self, function: ast.Attribute) -> bool:
        """Whether this is a method of an object of the code's own."""
        return "." in (name := dotted(function)) and self.known(name)

    @staticmethod
    def _summed(node: ast.Call) -> ast.expr:
        """Python's own sum, which adds up what is listed."""
        if node.keywords:  # it was read before, as part of something larger
            return node
        listed, *start = node.args
        total = ast.copy_location(
            ast.Call(node.func, [listed], [ast.keyword("axis", ast.Constant(0)), *node.keywords]), node
        )
        return total if len(start) != 1 else ast.copy_location(ast.BinOp(start[0], ast.Add(), total), node)

    def _is_module(self, node: ast.expr) -> bool:
        """Whether this is np, torch.nn.functional and the like."""
        root = next(part for part in ast.walk(node) if not isinstance(part, ast.Attribute))
        return is_module(node) and isinstance(root, ast.Name) and not self.known(root.id)

    def _called(self, name: str, given: list[ast.expr], node: ast.Call) -> ast.expr:
        """The call of a function by its bare name, or what it means; what it gives in the type that is asked."""
        name = _OTHER_NAMES.get(name, name)
        known = {**_KEYWORDS, **(_OF_CLIP if name == "clip" else {})}
        if name in {"var", "std"}:
            node.keywords = _of_variance(node)
        named, dtype = options.split([ast.keyword(known.get(k.arg or "", k.arg), k.value) for k in node.keywords])
        result = templates.written(name, given, named) or _plain(name, given, named, node)
        kept = None if dtype is None else options.kept_as(dtype, ast.copy_location(result, node))
        return ast.fix_missing_locations(ast.copy_location(kept or result, node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if node.attr == "newaxis" and self._is_module(node.value):
            return ast.copy_location(ast.Constant(None), node)
        if node.attr == "values" and isinstance(node.value, ast.Call | ast.Name):
            return node.value  # torch.max gives values and places
        if node.attr == "data" and isinstance(node.value, ast.Call | ast.Name):
            function = ast.copy_location(Name("detached", ast.Load()), node)
            return ast.copy_location(ast.Call(function, [node.value], []), node)
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
        if isinstance(node.op, ast.BitOr):
            return _either([node.left, node.right], node)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        """A and b is the product of two gates, a or b the larger."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Or):
            return _either(node.values, node)
        return reduce(lambda a, b: ast.copy_location(ast.BinOp(a, ast.Mult(), b), node), node.values)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """A if c else b chooses, as where(c, a, b) does."""
        self.generic_visit(node)
        function = ast.copy_location(Name("where", ast.Load()), node)
        return ast.copy_location(ast.Call(function, [node.test, node.body, node.orelse], []), node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.NotEq):
            same = ast.copy_location(ast.Compare(node.left, [ast.Eq()], node.comparators), node)
            return ast.copy_location(ast.BinOp(_number(1, node), ast.Sub(), same), node)
        return node


def _of_variance(call: ast.Call) -> list[ast.keyword]:
    """The keywords of a variance, with what PyTorch takes from the number of values where nothing is said: 1."""
    named = {k.arg: k.value for k in call.keywords}
    if isinstance(given := named.get("unbiased"), ast.Constant):
        rest = [k for k in call.keywords if k.arg != "unbiased"]
        return [*rest, ast.keyword("correction", _number(int(given.value is True), call))]
    modules = {part.id for part in ast.walk(call.func) if isinstance(part, ast.Name)}
    is_pytorch = "torch" in modules or not {"dim", "keepdim"}.isdisjoint(named)
    said = not is_pytorch or not {"ddof", "correction"}.isdisjoint(named)
    return call.keywords if said else [*call.keywords, ast.keyword("correction", _number(1, call))]


def is_module(node: ast.expr) -> bool:
    """Whether this is np, torch.nn.functional and the like, where no array has such a name."""
    if isinstance(node, ast.Attribute):
        return is_module(node.value) and node.attr in MODULES | {"linalg"}
    return isinstance(node, ast.Name) and node.id in MODULES


def is_own_module(node: ast.expr) -> bool:
    """Whether this is self, model and the like, which functions of one's own are part of."""
    return isinstance(node, ast.Name) and node.id in OWN_MODULES


def is_method(name: str) -> bool:
    """Whether a function may be written as a method of its first operand."""
    return name in _METHODS or name in templates.NAMES or name in _OTHER_NAMES


def _plain(name: str, given: list[ast.expr], named: list[ast.keyword], node: ast.Call) -> ast.expr:
    """The call of a function that stays one; sizes that are listed one by one are a shape."""
    if name in {"zeros", "ones", "empty"} and len(given) > 1:
        given = [ast.copy_location(ast.Tuple(given, ast.Load()), node)]
    if name in {"reshape", "broadcast_to"} and given:
        shape = given[1] if len(given) == 2 else ast.Tuple(given[1:], ast.Load())
        if not isinstance(shape, ast.Tuple | ast.Attribute):
            shape = ast.Tuple([shape], ast.Load())
        given = [given[0], ast.copy_location(shape, node)]
    own = isinstance(node.func, ast.Name) or (isinstance(node.func, ast.Attribute) and is_own_module(node.func.value))
    function = ast.Name(name, ast.Load()) if own else Name(name, ast.Load())
    return ast.Call(ast.copy_location(function, node.func), given, named)


def _either(values: list[ast.expr], node: ast.expr) -> ast.expr:
    """1 where any of some gates is 1."""
    function = ast.copy_location(Name("maximum", ast.Load()), node)
    return reduce(lambda a, b: ast.copy_location(ast.Call(function, [a, b], []), node), values)


def _number(value: int, place: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Constant(value), place)
