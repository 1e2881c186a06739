"""Small classes that code defines for itself and uses: `f = ReLU()`, `h = f.forward(z)`, `dz = f.backward(dh)`.

A call of a method is read as its lines, with the attributes of the object, `f.A`, under the object's name. A class of
which no object is used is the work itself: its methods are read as the functions that they are.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import Conventions, FormulaLimits, Symbols
from chainruler.notation.numpy_tree import Counted, copied, dotted
from chainruler.notation.own_functions import OwnFunction, has_return
from chainruler.notation.several import Given, SeveralReader
from chainruler.notation.source import Source
from chainruler.notation.targets import name_of, targets_of
from chainruler.notation.views import name_called

_BASES = frozenset({"object", "nn.Module", "torch.nn.Module", "Module"})
_IDLE = (ast.Pass, ast.Expr)


@dataclass(frozen=True)
class OwnClass:
    """A class by its methods, each with the name that it has for its object; or why it is not read."""

    methods: Mapping[str, tuple[str, OwnFunction]]
    trouble: str = ""

    @staticmethod
    def of(node: ast.ClassDef) -> OwnClass:
        """The class that is defined."""
        methods: dict[str, tuple[str, OwnFunction]] = {}
        if node.keywords or node.decorator_list or not {dotted(base) for base in node.bases} <= _BASES:
            return OwnClass({}, f"{node.name} is made of another class, or decorated, which is not read.")
        for line in node.body:
            plain = isinstance(line, ast.FunctionDef) and not line.decorator_list and _is_plain(line.args)
            if isinstance(line, ast.FunctionDef) and plain:
                first = line.args.args[0].arg
                own = OwnFunction.of(line)
                methods[line.name] = first, OwnFunction([o for o in own.operands if o != first], own.defaults, own.body)
            elif not isinstance(line, _IDLE):
                return OwnClass({}, f"Of the class {node.name}, only methods with named operands are read.")
        return OwnClass(methods)


@dataclass(frozen=True)
class OwnObject:
    """An object of a class of one's own, and the name that its attributes begin with."""

    name: str
    of: OwnClass


def _is_plain(given: ast.arguments) -> bool:
    return bool(given.args) and not (given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs)


def used_classes(tree: ast.AST) -> set[str]:
    """The classes of which the code makes objects, and calls methods of them."""
    classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    objects: dict[str, str] = {}
    for node in ast.walk(tree) if classes else ():
        for target, value in _pairs(node) if isinstance(node, ast.Assign) else ():
            objects |= {name_of(target): name_of(value.func)} if isinstance(value, ast.Call) else {}
    listed = (one for node in ast.walk(tree) if isinstance(node, ast.List | ast.Tuple) for one in node.elts)
    used = {name_of(one.func) for one in listed if isinstance(one, ast.Call)} if classes else set()
    for node in ast.walk(tree) if classes else ():
        if isinstance(node, ast.Call):
            of = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            used.add(name_of(of.func) if isinstance(of, ast.Call) else objects.get(name_of(of), ""))
    return used & classes


def _pairs(node: ast.Assign) -> list[tuple[ast.expr, ast.expr]]:
    """The names that are set, each with its value, as far as they are written side by side."""
    found: list[tuple[ast.expr, ast.expr]] = []
    for target in node.targets:
        both = [side.elts if isinstance(side, ast.Tuple) else [side] for side in (target, node.value)]
        found += zip(*both, strict=True) if len(both[0]) == len(both[1]) else []
    return found


class Renamed(ast.NodeTransformer):
    """The object in the place of `self`."""

    def __init__(self, name: str, place: str) -> None:
        self.name, self.place = name, place

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return in_place_of(node, self.place) if node.id == self.name else node


def in_place_of(node: ast.expr, name: str) -> ast.expr:
    """The object of this name, where another name of it stands."""
    first, *rest = name.split(".")
    found: ast.expr = ast.copy_location(ast.Name(first, ast.Load()), node)
    for attribute in rest:
        found = ast.copy_location(ast.Attribute(found, attribute, ast.Load()), node)
    return found


class ClassReader(SeveralReader):
    """A reader of statements that knows objects of classes which code defines for itself."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.used_classes: set[str] = set()
        self.own_classes: dict[str, OwnClass] = {}
        self.objects: dict[str, OwnObject] = {}
        self.running: set[tuple[str, str]] = set()
        """The methods that are being read: none calls itself."""
        self.nameless = 0

    def knows(self, name: str) -> bool:
        """Whether the code or the problem gives this name a meaning; of `f.sum` where that is a method of an object."""
        of, _, method = name.rpartition(".")
        if of:
            return of in self.objects and method in self.objects[of].of.methods
        return name in self.own_classes or name in self.objects or super().knows(name)

    def define(self, name: str, cell: ArrayCell) -> None:
        """Give a cell a name, which then means no object."""
        self.objects.pop(name, None)
        super().define(name, cell)

    def lasting(self) -> dict[str, ArrayCell]:
        """The attributes of objects, which last when a function or method ends."""
        return {name: cell for name, cell in self.cells.items() if "." in name and not name.endswith(".grad")}

    # Statements

    def _do_classdef(self, node: ast.ClassDef) -> None:
        if node.name in self.used_classes:
            self.own_classes[node.name] = OwnClass.of(node)
        else:
            super()._do_classdef(node)

    def _do_expr(self, node: ast.Expr) -> None:
        call = node.value
        if not (isinstance(call, ast.Call) and name_called(call) == "__init__"):  # that of the class it is made of
            super()._do_expr(node)

    def _assign(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> None:
        side_by_side = _pairs(ast.Assign([target], value)) if isinstance(value, ast.Tuple) else []
        if any(isinstance(one, ast.Call) and name_of(one.func) in self.own_classes for _, one in side_by_side):
            for place, one in side_by_side:
                self._assign(place, one, node)
            return
        name = name_of(target)
        made = self._object(value, name)
        if made is None:
            self.objects.pop(name, None)
            super()._assign(target, value, node)
        else:
            self.restore({other: cell for other, cell in self.cells.items() if other != name})
            self.objects[name] = made

    # Objects

    def _object(self, node: ast.expr, name: str) -> OwnObject | None:
        """An object that has a name, or a new one; None for anything else."""
        if isinstance(node, ast.Name | ast.Attribute):
            return self.objects.get(name_of(node))
        made = self.own_classes.get(name_of(node.func)) if isinstance(node, ast.Call) else None
        if made is None or not isinstance(node, ast.Call):
            return None
        self.nameless += not name
        found = OwnObject(name or f"object{self.nameless}#", made)
        self.objects[found.name] = found
        self.restore({name: cell for name, cell in self.cells.items() if not name.startswith(f"{found.name}.")})
        if "__init__" in made.methods:
            self._run(node, found, "__init__")
        elif (node.args or node.keywords) and not made.trouble:
            raise self.refusal(node, "This class takes no operands.")
        return found

    def given_by(self, node: ast.expr) -> Given | None:
        """What a method of an object gives, or the object where it is called itself."""
        if not isinstance(node, ast.Call):
            return super().given_by(node)
        itself = self.objects.get(name_of(node.func))
        if itself is not None:
            return self._run(node, itself, "__call__" if "__call__" in itself.of.methods else "forward")
        if isinstance(node.func, ast.Attribute):
            found = self._object(node.func.value, "")
            if found is not None:
                return self._run(node, found, node.func.attr)
        return super().given_by(node)

    def _run(self, node: ast.Call, one: OwnObject, method: str) -> Given:
        """Go through a method for these operands; what it gives."""
        if method not in one.of.methods:
            raise self.refusal(node, one.of.trouble or f"This object has no {method} that is read.")
        if (one.name, method) in self.running:
            raise self.refusal(node, f"{method} calls itself, which is not read.")
        itself, own = one.of.methods[method]
        self.running.add((one.name, method))
        try:
            return self.followed(node, method, own, Renamed(itself, one.name))
        finally:
            self.running.discard((one.name, method))

    def followed(self, node: ast.Call, method: str, own: OwnFunction, rename: Renamed | None = None) -> Given:
        """Go through the lines of a function or method for these operands; what it gives."""
        self.count_call(node)
        bound = own.bound(node)
        if bound is None:
            raise self.refusal(node, f'"{method}" takes {len(own.operands)} operands.')
        lines, result = own.steps(bound)
        if has_return(lines) or (result is None and has_return(own.body)):
            raise self.refusal(node, f"What {method} gives here depends on a condition or loop, which is not read.")
        numbers = Counted({operand: value.value for operand, value in bound.items() if isinstance(value, ast.Constant)})
        if any(numbers.numbers.keys() & set(targets_of(line)) for line in lines):
            raise self.refusal(node, f"{method} changes an operand that is written out, which is not read.")
        lines = [numbers.visit(copied(line)) for line in lines]
        result = None if result is None else numbers.visit(copied(result))
        if rename is not None:
            lines, result = [rename.visit(line) for line in lines], None if result is None else rename.visit(result)
        operands = {name: self._handed_all(value) for name, value in bound.items() if name not in numbers.numbers}
        return self._inside(operands, lines, result)

    def _handed_all(self, value: ast.expr) -> Given:
        """What an operand is inside of a function: several arrays, where a tuple is given."""
        if isinstance(value, ast.Tuple):
            return tuple(map(self._handed_all, value.elts))
        several = self.tuples.get(name_of(value)) if isinstance(value, ast.Name) else None
        return self._handed(value) if several is None else several

    def _inside(self, operands: Mapping[str, Given], lines: Sequence[ast.stmt], result: ast.expr | None) -> Given:
        """Go through lines in which names of their own hide those outside; what is given at last."""
        outside, objects, tuples = dict(self.cells), dict(self.objects), dict(self.tuples)
        place = lines[0] if lines else result
        if place is None:
            return ()
        try:
            for operand, given in operands.items():
                self._bind(ast.copy_location(ast.Name(operand, ast.Store()), place), given)
            self.block(lines)
            return () if result is None else self._result(result)
        finally:
            self.restore({name: cell for name, cell in outside.items() if "." not in name} | self.lasting())
            self.objects = objects | {name: one for name, one in self.objects.items() if "." in name}
            self.tuples = tuples | {name: given for name, given in self.tuples.items() if "." in name}

    def _result(self, result: ast.expr) -> Given:
        if isinstance(result, ast.Tuple):
            return tuple(self._result(one) for one in result.elts)
        self.check_changes(result)
        given = self.given_by(result)
        return self._cell(result) if given is None else given
