"""Whatever is typed, a reader answers with a reading or a FormulaError, in bounded time, and runs nothing."""

from __future__ import annotations

import time

import pytest

from chainruler.engine import relu, size, variable
from chainruler.notation import FormulaError, Limits, Symbols, read_latex, read_numpy

SYMBOLS: Symbols = {
    "N": size(["N"]),
    "X": variable("X", ("N", 784)),
    "Y": variable("Y", ("N", 10)),
    "Z2": variable("Z2", ("N", 10)),
    "A1": variable("A1", ("N", 128)),
    "W2": variable("W2", (10, 128)),
    "y": variable("y", ("N",), "index"),
    "v": variable("v", (784,)),
    "lam": variable("lam"),
    "phi": relu,
}
ATTACKS = {
    "import": "__import__('os').system('id')",
    "import without quotes": "__import__(os)",
    "subclasses": "().__class__.__bases__[0].__subclasses__()",
    "dunder attribute": "X.__class__",
    "dunder of a call": "sum(X).__class__.__mro__",
    "dunder behind np": "np.__builtins__",
    "ctypes behind np": "np.ctypeslib.ctypes",
    "file written by an array": "X.tofile('/tmp/pwned')",
    "file written by np": "np.save('/tmp/pwned', X)",
    "file read by np": "np.loadtxt('/etc/passwd')",
    "file read by np without quotes": "np.fromfile(X)",
    "open": "open('/etc/passwd').read()",
    "eval": "eval('1+1')",
    "exec in a call": "sum(exec)",
    "getattr": "getattr(X, 'T')",
    "lambda": "(lambda x: x)(X)",
    "lambda that recurs": "(lambda f: f(f))(lambda f: f(f))",
    "comprehension": "[x for x in X]",
    "generator": "sum(x for x in X)",
    "f-string": "f'{X}'",
    "f-string that calls": "f'{__import__(\"os\")}'",
    "text": "'a' * 10",
    "bytes": "b'a'",
    "walrus": "(x := X)",
    "star": "sum(*X)",
    "double star": "sum(**X)",
    "keyword dict": "sum(X, **{'axis': 0})",
    "starred axis": "sum(X, axis=*v)",
    "if": "X if 1 else Y",
    "and": "X and Y",
    "not": "not X",
    "in": "X in Y",
    "is": "X is Y",
    "await": "await X",
    "yield": "(yield X)",
    "two statements": "X; Y",
    "two lines": "X\nimport os",
    "backslash line": "X \\\n + Y",
    "comment": "X # + Y",
    "assignment": "X = Y",
    "decorator": "@X",
    "dict": "{1: X}",
    "set": "{X}",
    "list": "[X, Y]",
    "tuple": "X, Y",
    "tuple in brackets": "(X, Y)",
    "ellipsis": "...",
    "True": "True",
    "None": "None",
    "subscript": "X[0]",
    "subscript by a boolean": "X[X > 0]",
    "subscript by itself": "X[X]",
    "subscript with a step": "X[:, 0:784:2]",
    "subscript with a call": "X[sum(X)]",
    "slice without end": "X[:, 0:]",
    "too many new axes": "v[None, None, None, None, None, None, None, None, None]",
    "tower of powers": "9**9**9",
    "tower of powers in brackets": "((((10**16)**16)**16)**16)**16",
    "tower of scaled powers": "(((((2*lam)**16)**16)**16)**16)**16",
    "huge exponent": "X**100000",
    "array exponent": "X**X",
    "huge integer": "9" * 1900,
    "huge float": "1e999",
    "huge product": "*".join(["1e300"] * 5),
    "divide by zero": "1/0",
    "divide by zero, later": "1/(1-1)",
    "outer of outer": "outer(outer(X,X),outer(X,X))",
    "outer that is too large": "outer(v, v) @ outer(v, v) * outer(outer(v, v), v)",
    "broadcast that is too large": "broadcast_to(v, (100000, 784))",
    "ones that are too many": "ones((100000, 100000))",
    "size from a variable": "ones((lam, 2))",
    "reshape to a negative": "reshape(X, (-1, 2))",
    "eye that is too large": "eye(100000000)",
    "eye of a fraction": "eye(1.5)",
    "concatenate of many": "concatenate((" + "X," * 150 + "), axis=1)",
    "much work": "X" + " @ X.T @ X" * 8,
    "deep brackets": "(" * 900 + "X" + ")" * 900,
    "deep brackets, unclosed": "(" * 1900,
    "deep calls": "exp(" * 300 + "X" + ")" * 300,
    "deep transposes": "X" + ".T" * 900,
    "deep minus": "-" * 1900 + "X",
    "deep powers": "X" + "**1" * 600,
    "many terms": "+".join(["X"] * 999),
    "too long": "X + " * 1000 + "X",
    "NUL": "X\0",
    "NUL alone": "\0",
    "control character": "X\x1b[2J",
    "right-to-left mark": "X\u202e + Y",
    "zero-width space": "X\u200b",
    "surrogate": "X\ud800",
    "fullwidth name": "\uff45\uff56\uff41\uff4c(X)",
    "fullwidth digits": "X * \uff11",
    "mathematical letters": "\U0001d417 + Y",
    "ligature": "e\ufb00",
    "arabic digits": "X * \u0663",
    "byte order mark": "\ufeffX",
    "empty": "",
    "spaces": " \t\n ",
    "operator alone": "@",
    "bracket alone": ")",
    "quote alone": "'",
    "call of a number": "1(X)",
    "call of a bracket": "(X)(Y)",
    "call of a call": "sum(X)(Y)",
    "call of an array": "X(Y)",
    "call of an attribute": "X.T(Y)",
    "unknown method": "X.copy()",
    "function as a value": "sum",
    "function in a product": "sum * X",
    "bound function as a value": "phi + 1",
    "chained comparison": "0 < X < 1",
    "unequal": "X != Y",
    "floor division": "X // 2",
    "modulo": "X % 2",
    "shift": "X << 2",
    "bit and": "X & Y",
    "invert": "~X",
    "dollar": "$X",
    "backtick": "`X`",
    "question": "X?",
    "axis of text": "sum(X, axis='0')",
    "axis of a variable": "sum(X, axis=lam)",
    "axis out of range": "sum(X, axis=7)",
    "axis twice": "sum(X, 0, axis=0)",
    "unknown keyword": "sum(X, dtype=0)",
    "out keyword": "sum(X, out=Y)",
    "keepdims of a number": "sum(X, axis=0, keepdims=3)",
    "onehot of reals": "onehot(X, 3)",
    "onehot of very many": "onehot(y, 100000000)",
    "onehot of a negative": "onehot(y, -3)",
    "window without fields": "window(X)",
    "window of nothing": "window(X, kernel=(0, 0))",
    "window with no step": "window(outer(v, v), kernel=(2, 2), stride=(0, 0))",
    "wrong number of operands": "exp(X, X)",
    "no operands": "exp()",
}  # fmt: skip
LATEX_ATTACKS = {
    "input": r"\input{/etc/passwd}",
    "write18": r"\write18{id}",
    "def": r"\def\x{\x\x}\x",
    "csname": r"\csname foo\endcsname",
    "catcode": r"\catcode`\@=11",
    "verb": r"\verb|x|",
    "href": r"\href{javascript:alert(1)}{X}",
    "html": "<script>alert(1)</script>",
    "deep groups": "{" * 900 + "X" + "}" * 900,
    "deep fractions": r"\frac{1}{" * 200 + "X" + "}" * 200,
    "deep fractions without braces": r"\frac" * 300,
    "deep brackets": r"\left(" * 300 + "X" + r"\right)" * 300,
    "deep scripts": "X" + "^{" * 300 + "2" + "}" * 300,
    "deep sums": r"\sum_i " * 150 + "X_i",
    "many primes": r"\phi" + "'" * 1500 + "(X)",
    "many transposes": "X" + r"^\top" * 390,
    "many subscripts": "X" + "_i" * 900,
    "power tower": "9^{9^{9^{9}}}",
    "power tower in brackets": "((((10^{16})^{16})^{16})^{16})^{16}",
    "bars": "|" * 900,
    "bars around": r"\|" * 400,
    "unclosed": r"\left(X",
    "unopened": r"X\right)",
    "wrong pair": r"(X]",
    "function alone": r"\log",
    "sum alone": r"\sum",
    "sum of nothing": r"\sum_{i=1}^{N}",
    "sum to text": r"\sum_{i=1}^{\infty} X_i",
    "index from nowhere": "X_i",
    "matrix power": "(W_2 W_2^T)^2",
    "inverse": "(W_2 W_2^T)^{-1}",
    "NUL": "X\0",
    "empty": "",
    "dollars": "$$",
    "too long": "X" * 3000,
    "letters": "a" * 1900,
    "numbers": "9" * 1900,
    "two columns": "v v",
    "list": "(X, Y)",
}  # fmt: skip


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_numpy_attacks_are_refused(text: str) -> None:
    """Each attack is a FormulaError that names a place within the text, at once."""
    begin = time.perf_counter()
    with pytest.raises(FormulaError) as caught:
        read_numpy(text, SYMBOLS)
    elapsed = time.perf_counter() - begin

    assert elapsed < 1
    assert 1 <= caught.value.column <= len(text) + 1
    assert str(caught.value).endswith((".", "?", "…")) or "(" in str(caught.value)


@pytest.mark.parametrize("text", LATEX_ATTACKS.values(), ids=LATEX_ATTACKS)
def test_latex_attacks_are_refused(text: str) -> None:
    """Each attack is a FormulaError that names a place within the text, at once."""
    begin = time.perf_counter()
    with pytest.raises(FormulaError) as caught:
        read_latex(text, SYMBOLS)
    elapsed = time.perf_counter() - begin

    assert elapsed < 1
    assert 1 <= caught.value.column <= len(text) + 1


def test_sizes_are_bounded_by_what_the_caller_says() -> None:
    """X Xᵀ is N by N: read where N is at most 100, refused where it may be 2,000."""
    small, large = Limits(sizes={"N": 100}), Limits(sizes={"N": 2000})

    assert read_numpy("X @ X.T", SYMBOLS, small).expression.shape == ("N", "N")
    with pytest.raises(FormulaError, match="more than 1,000,000 numbers"):
        read_numpy("X @ X.T", SYMBOLS, large)
