"""What the documents say of errors and limits is all there is to say."""

import ast
import re
import runpy

import pytest
from fastapi import FastAPI

from chainruler.calls.limits import RequestLimits
from chainruler.refusals import codes, documents, kinds
from chainruler.settings import Settings
from tests.support.http import call
from tests.support.repository import ROOT

SERVICE = ROOT / "service" / "chainruler"
MISTAKES = SERVICE / "grading" / "mistakes"
"""What has codes of its own: those of mistakes in answers, which GET /v1/mistakes lists."""
RAISED = {"SpecError", "TooLarge", "Invalid", "Malformed", "NotAcceptable", "NonFiniteResult", "refuse"}
"""What makes an error of its first argument, a class or a method."""


def raised_codes() -> set[str]:
    """Every code that stands in the source where an error is made, or as the `code` of a class of errors."""
    found = set()
    for file in SERVICE.rglob("*.py"):
        if file.is_relative_to(MISTAKES):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and called(node.func) in RAISED and node.args:
                found |= texts(node.args[0])
            elif isinstance(node, ast.Assign) and [getattr(target, "id", None) for target in node.targets] == ["code"]:
                found |= texts(node.value)
    return {text for text in found if re.fullmatch("[a-z0-9_]+", text)}


def called(function: ast.expr) -> str:
    """The last name of what is called: refuse, of site.refuse."""
    return ast.unparse(function).rpartition(".")[2]


def texts(node: ast.expr) -> set[str]:
    """The texts that an expression may be; a condition is not one of them."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_code_that_is_raised_is_explained() -> None:
    """A code in the source is in the table, from which the page of errors is made."""
    told = {code for listed in codes.CODES.values() for code in listed}

    assert len(raised_codes()) > 40
    assert raised_codes() - told == set()


def test_every_kind_is_explained_and_can_happen() -> None:
    """The table from error to kind, and the statuses of HTTP, use all kinds and no other."""
    used = {*documents.KIND_OF.values(), *kinds.OF_HTTP.values()}

    assert used == set(kinds.KINDS) == set(codes.CODES)


def test_the_page_of_errors_is_current() -> None:
    """docs/errors.md is what the table says."""
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == codes.markdown()


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_a_type_leads_to_its_explanation(app: FastAPI, kind: kinds.Kind) -> None:
    """The URI of a kind is a page of the service itself, and the fragment is on it."""
    path, _, fragment = kind.type.partition("#")

    assert f'id="{fragment}"' in call(app, "GET", path).text


def test_every_limit_is_in_the_documents_with_its_default() -> None:
    """docs/limits.md has a row for each limit, which names the variable and its default."""
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    limits = ("memory", "deadline_seconds", "header_seconds", "answer_seconds", "idle_seconds", "threads", "max_queue")
    beside = (
        "memory",
        *limits,
        "max_connections",
        "max_connections_per_address",
        "api_keys",
        "api_keys_file",
        "cors_origins",
    )
    wanted = {name: Settings.model_fields[name].default for name in (*RequestLimits.model_fields, *beside)}

    rows = dict(re.findall(r"^\| `CHAINRULER_(\w+)` \| ([^|]*?) \|", page, re.MULTILINE))
    assert {name.lower(): value.replace(",", "") for name, value in rows.items()} == {
        name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in wanted.items()
    }


def test_the_page_is_written_by_the_command_that_it_names(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m chainruler.refusals.codes` prints it."""
    runpy.run_path(str(SERVICE / "refusals" / "codes.py"), run_name="__main__")

    assert capsys.readouterr().out == codes.markdown()
