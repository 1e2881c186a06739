"""Documents that nobody has thought of: each is answered or refused in words, and nothing else happens."""

import copy
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainruler.handlers.errors import NonFiniteResult
from chainruler.networks import Layer, Loss, SpecError
from chainruler.networks.initializers import Initializer
from chainruler.networks.optimizers import Optimizer
from chainruler.networks.schedules import Schedule
from chainruler.schemas.reading import InvalidRequest
from tests.handlers.calls import CALLS, GOOD, Document, call
from tests.support.sampling import examples

WORDS = """
    x y X Y N W1 b1 W2 Z1 A1 Z2 J L R lam dW1 dZ1 M0 S type units layers model data weights loss name rate seed input
    samples columns in_out derivation sample symbols reduction none mean_all l1 l2 biases scale optimizer step steps
    velocity relu softmax dropout batch_norm layer_norm conv2d embedding residual flatten max_pool2d gelu nll hinge
    squared_error sampled_softmax formula adam rmsprop shape base64 dtype float32 outputs per_sample intermediates
    input_gradients intermediate_gradients latex dense block he_normal ~/ ü 💥 sum(x) __class__
"""
SYMBOLS = "X x y Y Z1 A1 Z2 A2 W1 b1 J L R W_c z_S U H1 M1 gamma1 E1 lam nothing"
NAMES = st.sampled_from([*WORDS.split(), "\x00", ""])
NUMBERS = st.sampled_from(
    [
        0,
        1,
        -1,
        2,
        3,
        4,
        5,
        0.5,
        -0.0,
        1e-320,
        1e300,
        -1e300,
        math.nan,
        math.inf,
        2**31,
        2**53,
        2**63,
        2**64,
        10**12,
        10**400,
    ]
)
LEAVES = st.one_of(NUMBERS, NAMES, st.none(), st.booleans(), st.text(max_size=3))
X = np.random.default_rng(0).normal(size=(5, 4)).round(2)
PARTS = st.sampled_from(
    [
        example.document()
        for kind in (Layer, Loss, Optimizer, Initializer, Schedule)
        for part in kind.registry.values()
        for example in part.examples()
    ]
    + [inner for document in GOOD.values() for inner in document.values()]
)
VALUES = st.recursive(
    st.one_of(LEAVES, LEAVES, LEAVES, PARTS, st.lists(NUMBERS, max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=5,
)


LAYERS, LOSSES = (
    [example.document() for part in kind.registry.values() for example in part.examples()] for kind in (Layer, Loss)
)
LINES = st.sampled_from(SYMBOLS.split())


@st.composite
def assembled(draw: st.DrawFn, name: str) -> Document:
    """A request made of layers and a loss that may fit together or not; parameters are drawn by the service."""
    document = {key: value for key, value in GOOD[name].items() if key not in {"parameters", "optimizer_state"}}
    first = draw(st.sampled_from(list(Layer.registry.values())))
    rest = draw(st.lists(st.sampled_from(LAYERS), max_size=2))
    x = draw(st.sampled_from([np.resize(X, (5, *first.example_input)).round(int(first.takes == "real")), X]))
    loss = draw(st.sampled_from(LOSSES))
    outputs = draw(st.integers(3, 4))
    wide = [{"type": "flatten"}] if x.ndim > 2 or first.takes == "index" else []
    layers = [draw(st.sampled_from(first.examples())).document(), *rest, *wide, {"type": "linear", "units": outputs}]
    model = {"layers": layers, "layout": draw(st.sampled_from(["out_in", "in_out"]))}
    model |= draw(st.sampled_from([{}, {}, {}, {"samples": "columns"}, {"derivation": "sample"}]))
    x = np.abs(x) if first.takes == "index" else x.T if "samples" in model else x
    classes = Loss.registry[str(loss["type"])].targets == "classes"
    y = np.arange(5) % 3 if classes else np.resize(np.abs(X), (outputs, 5) if "samples" in model else (5, outputs))
    document |= {"model": model, "loss": loss, "initialize": {"type": "he_normal"}}
    document["data"] = {"x": x.tolist(), "y": y.tolist()}
    for key in document.keys() & {"of", "with_respect_to"}:
        some = draw(LINES)
        document[key] = [some] if isinstance(document[key], list) else some
    for key in document.keys() & {"vectors", "vector", "gradients"}:
        array = draw(st.sampled_from([x, y, X])).tolist()
        document[key] = array if key == "vector" else {draw(LINES): array}
    return document


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, Document]:
    """A request with up to three things changed, taken away or added."""
    name = draw(st.sampled_from(list(CALLS)))
    fresh = name != "differentiate" and draw(st.booleans())
    document = draw(assembled(name)) if fresh else GOOD[name]
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(0, 1) if fresh else st.integers(1, 2))):
        holder = draw(objects_in(document))
        where = st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder)))
        what = st.one_of(PARTS, VALUES, where.map(holder.__getitem__) if holder else PARTS).map(copy.deepcopy)
        change = draw(st.sampled_from(["add", "replace", "replace", "remove"])) if holder else "add"
        if change == "remove":
            del holder[draw(where)]
        elif change == "replace":
            holder[draw(where)] = draw(what)
        elif isinstance(holder, dict):
            holder[draw(NAMES)] = draw(what)
        else:
            holder.insert(draw(st.integers(0, len(holder))), draw(what))
    return name, document


@st.composite
def objects_in(draw: st.DrawFn, document: Document) -> Any:
    """An object or list somewhere in a document; what is deep inside is as likely as what is at the top."""
    holder: Any = document
    while True:
        inner = [
            item for item in (holder.values() if isinstance(holder, dict) else holder) if isinstance(item, dict | list)
        ]
        if not inner or draw(st.integers(0, 3)) == 0:
            return holder
        holder = draw(st.sampled_from(inner))


def finite(value: Any) -> bool:
    """Whether every number of an answer is finite."""
    if isinstance(value, dict | list | tuple):
        return all(map(finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float | np.ndarray | np.generic) or bool(np.isfinite(value).all())


def check(request: tuple[str, Document]) -> None:
    """A request is answered in finite numbers, or refused with a code, a pointer and a sentence."""
    name, document = request
    try:
        answer = call(name, document)
    except InvalidRequest as refusal:
        errors: list[Any] = refusal.errors
    except (SpecError, NonFiniteResult) as refusal:
        errors = [refusal]
    else:
        assert finite(answer)
        return

    assert 1 <= len(errors) <= 10
    for error in errors:
        assert error.code.isidentifier()
        assert getattr(error, "pointer", "").startswith("/") or not getattr(error, "pointer", "")
        assert 10 < len(error.message) < 600
        assert error.message.endswith((".", "?")), error.message


@settings(max_examples=examples(2_000), database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(spoilt())
def test_a_spoilt_request_is_answered_or_refused_in_words(request: tuple[str, Document]) -> None:
    """Whatever is changed in a good request, no other exception leaves a handler, and no warning."""
    check(request)


@pytest.mark.slow
@settings(max_examples=10_000, database=None, suppress_health_check=list(HealthCheck))
@given(spoilt())
def test_many_spoilt_requests_are_answered_or_refused_in_words(request: tuple[str, Document]) -> None:
    """The same, other ones each time."""
    check(request)
