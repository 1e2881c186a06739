"""Lists of objects, such as `layers = [Dense(W1, b1), ReLU()]`, gone through by loops: `for l in reversed(layers)`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from copy import deepcopy

from chainruler.notation.formula import Conventions, FormulaLimits, Fragment, Symbols
from chainruler.notation.own_classes import ClassReader, OwnObject, Renamed, in_place_of
from chainruler.notation.own_functions import OwnFunction
from chainruler.notation.several import Given
from chainruler.notation.source import Source
from chainruler.notation.targets import name_of


class ObjectListReader(ClassReader):
    """A reader of statements that knows lists of objects; each is called by its place, `layers[0]`."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.lists: dict[str, list[OwnObject]] = {}

    def _assign(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> None:
        name = name_of(target)
        self.lists.pop(name, None)
        listed = self._listed(value) if isinstance(target, ast.Name | ast.Attribute) else []
        if listed:
            for place, element in enumerate(listed):
                at = ast.copy_location(ast.Subscript(target, ast.Constant(place), ast.Store()), element)
                super()._assign(ast.fix_missing_locations(at), element, node)
            self.lists[name] = [self.objects[f"{name}[{place}]"] for place in range(len(listed))]
        elif name and name_of(value) in self.lists:
            self.lists[name] = self.lists[name_of(value)]
        else:
            super()._assign(target, value, node)

    def _listed(self, value: ast.expr) -> Sequence[ast.expr]:
        """What is listed, where that is nothing but objects."""
        elements = value.elts if isinstance(value, ast.List | ast.Tuple) else []
        made = [
            name_of(one.func) in self.own_classes if isinstance(one, ast.Call) else name_of(one) in self.objects
            for one in elements
        ]
        return elements if all(made) else []

    def objects_in(self, node: ast.expr) -> Sequence[OwnObject] | None:
        """The objects of a list, in its order or the other way round; None for anything else."""
        if isinstance(node, ast.Call) and name_of(node.func) in {"reversed", "list"} and len(node.args) == 1:
            inner = self.objects_in(node.args[0])
            return inner if inner is None or name_of(node.func) == "list" else inner[::-1]
        if isinstance(node, ast.Subscript) and ast.unparse(node.slice) == "::-1":
            inner = self.objects_in(node.value)
            return None if inner is None else inner[::-1]
        return self.lists.get(name_of(node))

    def one_by_one(self, node: ast.For, objects: Sequence[OwnObject]) -> None:
        """Go through the body of a loop for each of these objects."""
        for one in objects:
            self.count_call(node.iter)
            self.objects[name_of(node.target)] = one
            self.block(node.body)

    def followed(self, node: ast.Call, method: str, own: OwnFunction, rename: Renamed | None = None) -> Given:
        """Go through a function; an operand that is an object, or a list of them, is called as it is outside."""
        bound = own.bound(node) or {}
        names = {operand: name for operand, value in bound.items() if (name := self._name_of_objects(value))}
        if names:
            rest = [operand for operand in own.operands if operand not in names]
            given = [ast.keyword(operand, bound[operand]) for operand in rest]
            node = ast.copy_location(ast.Call(node.func, [], given), node)
            body = deepcopy(list(own.body))
            for operand, name in names.items():
                body = [Renamed(operand, name).visit(line) for line in body]
            own = OwnFunction(rest, {}, body)
        return super().followed(node, method, own, rename)

    def _name_of_objects(self, value: ast.expr) -> str:
        """The name of an object, or of a list of them, which gets one if it has none; nothing for anything else."""
        if self._listed(value):
            self.nameless += 1
            target = ast.copy_location(ast.Name(f"list{self.nameless}#", ast.Store()), value)
            self._assign(target, value, ast.copy_location(ast.Assign([target], value), value))
            return target.id
        one = self.objects.get(name_of(value))
        return one.name if one is not None else name_of(value) if name_of(value) in self.lists else ""

    def _inside(self, operands: Mapping[str, Given], lines: Sequence[ast.stmt], result: ast.expr | None) -> Given:
        lists = dict(self.lists)
        try:
            return super()._inside(operands, lines, result)
        finally:
            self.lists = lists | {name: listed for name, listed in self.lists.items() if "." in name}

    def _object(self, node: ast.expr, name: str) -> OwnObject | None:
        if isinstance(node, ast.Subscript):
            return self._at(node)
        return super()._object(node, name)

    def _at(self, node: ast.Subscript) -> OwnObject | None:
        """The object at a place of a list, counted from either end."""
        listed, place = self.lists.get(name_of(node.value)), ast.unparse(node.slice)
        inside = listed is not None and place.removeprefix("-").isdecimal() and -len(listed) <= int(place) < len(listed)
        return listed[int(place)] if inside and listed is not None else None

    def _attribute(self, node: ast.Attribute) -> Fragment:
        """An attribute, by the name that its object was given first."""
        one = self._at(node.value) if isinstance(node.value, ast.Subscript) else self.objects.get(name_of(node.value))
        if one is not None and one.name != name_of(node.value):
            node = ast.copy_location(ast.Attribute(in_place_of(node.value, one.name), node.attr, node.ctx), node)
        return super()._attribute(node)
