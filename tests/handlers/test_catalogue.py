"""The catalogue lists what there is, and everything in it can be posted as it stands."""

import json
from inspect import cleandoc

import pytest

from chainruler import textbook
from chainruler.networks import Layer, Loss, SpecError
from chainruler.networks.optimizers import Optimizer
from chainruler.networks.part import Part
from tests.handlers.calls import Document, call, looked_up, sent, two_layers

LISTS: dict[str, type[Part]] = {"layers": Layer, "losses": Loss, "optimizers": Optimizer}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_its_registry(name: str) -> None:
    """Every part with its docstring, its schema and examples that its own class reads."""
    registry: dict[str, type[Part]] = LISTS[name].registry
    parts: list[Document] = looked_up(name)[name]

    assert [part["type"] for part in parts] == sorted(registry)
    for part in parts:
        own = registry[part["type"]]
        assert part["description"] == cleandoc(own.__doc__ or "")
        assert part["schema"]["properties"]["type"] == {"const": part["type"]}
        assert [own.read(example) for example in part["examples"]] == own.examples()
        assert set().union(*part["examples"]) <= part["schema"]["properties"].keys()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_json(name: str) -> None:
    """Nothing is in a list that JSON does not have."""
    listed = looked_up(name)

    assert json.loads(json.dumps(listed)) == listed


def test_every_optimizer_takes_a_step_as_its_examples_say() -> None:
    """The examples of the catalogue are requests' own words."""
    for part in looked_up("optimizers")["optimizers"]:
        for example in part["examples"]:
            assert call("step", two_layers(optimizer=example))["optimizer_state"]["step"] == 1


def test_the_textbook_is_listed() -> None:
    """Each system by name, with its title and what it is about; the whole of it by itself."""
    listed = looked_up("textbook")["textbook"]

    assert [system["name"] for system in listed] == list(textbook.names())
    for system in listed:
        entry = looked_up("textbook_entry", name=system["name"])
        assert system.keys() == {"name", "title", "about"}
        assert entry == {"name": system["name"], **textbook.entry(system["name"])}


@pytest.mark.parametrize("name", textbook.names())
def test_an_entry_can_be_posted_as_it_stands(name: str) -> None:
    """The problem to every call that takes a problem, and to `step` with the training of its course."""
    entry = looked_up("textbook_entry", name=name)
    for to in ("forward", "gradients", "gradcheck", "derivation"):
        assert call(to, sent(entry["problem"]))

    assert call("step", sent({**entry["problem"], **entry["training"]}))["steps"] == entry["training"]["steps"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("two_two_too", 'Did you mean "two_two_two"?'), ("../settings", "Known are"), ("\x00" * 99, "Known are")],
)
def test_an_unknown_system_is_refused(name: str, hint: str) -> None:
    """A name that there is not is told, cut short, with what it may have meant."""
    with pytest.raises(SpecError) as refused:
        looked_up("textbook_entry", name=name)

    assert refused.value.code == "unknown_name"
    assert (refused.value.hint or "").startswith(hint)
    assert len(refused.value.message) < 90
