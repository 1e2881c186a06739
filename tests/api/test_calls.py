"""Every call of the table, by the examples that the documentation shows."""

from typing import Any

import numpy as np
import orjson
import pytest
from fastapi import FastAPI

from chainruler import wire
from chainruler.app import create_app
from chainruler.calls.call import Call
from chainruler.calls.table import COMPUTING
from chainruler.settings import Settings
from tests.api.requests import good
from tests.support.http import call

EXAMPLES = [(one, name) for one in COMPUTING for name in one.examples]


@pytest.fixture(scope="module")
def service() -> FastAPI:
    """One application for all examples."""
    return create_app(Settings(), log=lambda line: None)


@pytest.fixture(scope="module")
def document(service: FastAPI) -> dict[str, Any]:
    """/openapi.json."""
    found: dict[str, Any] = call(service, "GET", "/openapi.json").json()
    return found


@pytest.mark.parametrize(("one", "name"), EXAMPLES, ids=[f"{one.name}: {name}" for one, name in EXAMPLES])
def test_an_example_runs_and_its_answer_is_as_described(service: FastAPI, one: Call, name: str) -> None:
    """Every example of the documentation is answered, and the answer's model knows each of its members."""
    answer = call(service, "POST", one.path, json=one.examples[name])

    assert answer.status_code == 200, answer.text
    one.answer.model_validate(answer.json())


@pytest.mark.parametrize("one", COMPUTING, ids=lambda one: one.name)
def test_the_three_encodings_have_the_same_bits(service: FastAPI, one: Call) -> None:
    """JSON, base64 and safetensors answer the same numbers to the last bit, whichever way the request came."""
    example = next(iter(one.examples.values()))
    answers = [
        call(service, "POST", one.path, json=example, headers={"Accept": encoding.value}) for encoding in wire.Encoding
    ]
    media_type, body = wire.encode(wire.decode(orjson.dumps(example)), wire.Encoding.SAFETENSORS)
    answers.append(call(service, "POST", one.path, content=body, headers={"Content-Type": media_type}))

    arrays = set(one.answer.model_fields)
    read = [
        flat(wire.decode(answer.content, answer.headers["content-type"], arrays_under=arrays)) for answer in answers
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert read[0] == read[1] == read[2] == read[3]


def flat(value: Any) -> Any:
    """The value as plain lists and objects, each number as its bits, however it is held."""
    if isinstance(value, np.ndarray):
        return flat(value.tolist())
    if isinstance(value, dict):
        return {key: flat(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [flat(entry) for entry in value]
    return float(value).hex() if isinstance(value, int | float) and not isinstance(value, bool) else value


@pytest.mark.parametrize("content_type", [None, "application/x-www-form-urlencoded", "text/plain; charset=utf-8"])
def test_a_body_is_read_whatever_its_type_is_called(service: FastAPI, content_type: str | None) -> None:
    """`curl -d` sends JSON as a form; there is nothing else that it could be."""
    headers = {} if content_type is None else {"Content-Type": content_type}

    assert call(service, "POST", "/v1/gradients", content=orjson.dumps(good()), headers=headers).status_code == 200


@pytest.mark.parametrize("one", COMPUTING, ids=lambda one: one.name)
def test_a_call_is_described(document: dict[str, Any], one: Call) -> None:
    """Both encodings of the request, three of the answer, every status, a problem for each refusal, and the ids."""
    told = document["paths"][one.path]["post"]
    body, answers = told["requestBody"]["content"], told["responses"]

    assert told["operationId"] == one.name
    assert set(body) == {"application/json", "application/vnd.safetensors"}
    assert set(body["application/json"]["examples"]) == set(one.examples)
    assert set(answers["200"]["content"]) == {encoding.value for encoding in wire.Encoding}
    assert set(answers) == {"200", "400", "401", "403", "406", "408", "413", "415", "422", "429", "500", "503"}
    assert {tuple(told["content"]) for status, told in answers.items() if status != "200"} == {
        ("application/problem+json",)
    }
    assert all("X-Request-Id" in answer["headers"] for answer in answers.values())


def test_every_reference_of_the_description_leads_somewhere(document: dict[str, Any]) -> None:
    """No $ref is dangling, and no component is there for nothing."""
    text = orjson.dumps(document).decode()
    wanted = {piece.split('"', 1)[0] for piece in text.split('"#/components/schemas/')[1:]}

    assert wanted <= set(document["components"]["schemas"])
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


def test_links_lead_from_operation_to_operation(document: dict[str, Any]) -> None:
    """A link names an operation that there is, and fills members that its request has."""
    known = {one.name: one for one in COMPUTING}
    links = [(link, told) for one in COMPUTING for link, told in one.links.items()]

    assert links
    assert [link for link, parts in links if not set(parts) <= set(known[link].request.model_fields)] == []
    assert document["paths"]["/v1/gradients"]["post"]["responses"]["200"]["links"]["gradcheck"]


@pytest.mark.parametrize("path", ["layers", "losses", "optimizers", "textbook"])
def test_the_catalogue_is_as_described(service: FastAPI, document: dict[str, Any], path: str) -> None:
    """Each list is there, is not empty, and is described."""
    answer = call(service, "GET", f"/v1/{path}")

    assert answer.status_code == 200
    assert answer.json()[path]
    assert set(document["paths"][f"/v1/{path}"]["get"]["responses"]) == {"200", "401", "403", "429", "500"}


def test_a_worked_system_can_be_posted_as_it_stands(service: FastAPI) -> None:
    """Every entry of the textbook is a request for gradients."""
    names = [entry["name"] for entry in call(service, "GET", "/v1/textbook").json()["textbook"]]
    problems = [call(service, "GET", f"/v1/textbook/{name}").json()["problem"] for name in names]

    assert [call(service, "POST", "/v1/gradients", json=problem).status_code for problem in problems] == [200] * len(
        names
    )


def test_an_unknown_worked_system_is_not_found(service: FastAPI) -> None:
    """404 with the name that was meant."""
    answer = call(service, "GET", "/v1/textbook/two_two_tow")

    assert (answer.status_code, answer.json()["errors"][0]["hint"]) == (404, 'Did you mean "two_two_two"?')
