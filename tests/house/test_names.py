"""Names: one class, one meaning."""

import ast
import re
from collections import Counter

from tests.support.repository import ROOT, tracked

BOTH_ENDS = {"Call"}
"""One thing as the service and its client know it: a call by what computes it, and by where it is sent."""
IN_JSON = {
    "Checked",
    "Diagnosis",
    "Entry",
    "Hidden",
    "InHand",
    "Kink",
    "Line",
    "Listed",
    "Mistake",
    "Part",
    "Live",
    "Ready",
}
"""What the client reads an answer's JSON into is called like what the service writes it from."""
REFUSALS = {"Fault", "InvalidRequest", "NonFiniteResult", "NotFound", "TookTooLong", "Unauthorized"}
"""The client raises what the service refused with."""
FUNCTIONS = {"Constant", "Identity", "Sigmoid", "Softmax", "Softplus", "Tanh"}
"""A layer or schedule is called by its type in JSON, which is the function that it is, as a primitive is."""
CONTRACT = {"BatchLine", "Formula", "Graded", "Result"}
"""Names of OpenAPI's components, of types in JSON or of the client's results, which are a contract on both sides."""


def test_no_class_name_stands_for_two_things() -> None:
    """A class name is used once in the service and the client, but for names that are one thing seen from two sides."""
    files = [file for root in ("service", "clients") for file in tracked() if file.is_relative_to(ROOT / root)]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files if file.suffix == ".py"]
    defined = Counter(node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    repeated = {name for name, times in defined.items() if times > 1}

    assert repeated == BOTH_ENDS | IN_JSON | REFUSALS | FUNCTIONS | CONTRACT


TWICE = re.compile(r"\b(so many|whoever|handed? in|said apart|way back)\b", re.IGNORECASE)
"""Phrases that a native reader reads twice: a net, and not the measure."""


def test_prose_in_code_has_nouns_for_subjects() -> None:
    """No docstring or comment of service and client uses a phrase that hides who does what."""
    files = [file for root in ("service", "clients") for file in tracked() if file.is_relative_to(ROOT / root)]
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        if file.suffix == ".py"
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if TWICE.search(line)
    ]

    assert not found
