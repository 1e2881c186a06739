"""Problems issued: a model with numbers on which mistakes show, and a token for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from chainruler.grading.audit import Audit, audit
from chainruler.grading.issuing import IssuedProblem, issued, with_sizes
from chainruler.grading.variants import Variant
from chainruler.handlers.context import Context
from chainruler.handlers.gradients import gradients
from chainruler.handlers.issued import token_of
from chainruler.handlers.posing import key_to
from chainruler.networks import Network, SpecError, network_of, problem_of, refuse_over
from chainruler.networks.errors import did_you_mean, pointer
from chainruler.schemas.grading import ProblemsRequest
from chainruler.schemas.requests import GradientsRequest, ObjectiveRequest

Answer = dict[str, Any]

MOST_TOLD = 50
LARGEST = 20_000
"""A problem to be graded with is small; one with more parameters is posed with numbers of its author's."""


def problems(request: ProblemsRequest, context: Context) -> Answer:
    """A problem with numbers, the same for the same seed, its token, and which mistakes its numbers hide.

    NonFiniteResult if it has no loss at its numbers, such as the logarithm of outputs that are no probabilities.
    """
    described = request.described()
    problem = with_sizes(problem_of(described))
    network = network_of(problem)
    refuse_over(context.budget, network, request.samples or 1)
    if network.parameter_count > LARGEST:
        message = f"This model has {network.parameter_count:,} parameters; problems are issued for up to {LARGEST:,}."
        raise SpecError("too_many_parameters", "/model", message, "Post the problem itself to be graded.")
    _require_parameters(network)
    for place, answer in enumerate(request.answers or ()):
        if answer not in network.parameters:
            message = f'"{answer[:40]}" is not a parameter of this model.'
            hint = did_you_mean(answer, network.parameters)
            raise SpecError("unknown_parameter", pointer("answers", place), message, hint)
    made = issued(problem, request.seed, request.samples, request.answers)
    document = _document(request, made)
    gradients(GradientsRequest.model_validate(document), context)  # refuses what could not be posted as it stands
    return {
        "problem": document,
        "token": token_of(document, request, context),
        "seed": request.seed,
        "report": _report(made.audit),
    }


def audited(problem: ObjectiveRequest, answers: Sequence[str] | None, context: Context) -> Answer:
    """Which mistakes the numbers of a problem hide, on the way to these answers, or to all."""
    key = key_to(problem, context).key
    if key.at_problem_values is None:
        message = "This problem has no numbers that could hide a mistake."
        raise SpecError("missing_field", "/parameters", message, "Have them drawn, so that none is hidden.")
    network = key.structure.context.network
    _require_parameters(network)
    return _report(audit(key, answers or list(network.parameters)))


def _require_parameters(network: Network) -> None:
    if not network.parameters:
        message = "This model has no parameters, and so no gradients that could be asked for."
        raise SpecError("wrong_combination", "/model/layers", message, 'Begin it with {"type": "linear"}.')


def _document(request: ProblemsRequest, made: IssuedProblem) -> Answer:
    """The problem as it can be posted."""
    document = request.described() | {"model": made.problem.model.document()}
    numbers = {
        part: {name: array.astype(request.dtype) if array.dtype.kind == "f" else array for name, array in of.items()}
        for part, of in made.numbers.items()
        if of
    }
    return document | numbers | ({"dtype": request.dtype} if request.dtype != "float64" else {})


def _report(found: Audit) -> Answer:
    """What the numbers hide, and why."""
    return {
        "mistakes": found.mistakes,
        "visible": found.mistakes - len(found.invisible),
        "invisible": [_described([variant], found) for variant in found.invisible[:MOST_TOLD]],
        "indistinguishable": [_described(pair, found) for pair in found.alike[:MOST_TOLD]],
        "zero": list(found.zero),
        "sizes": found.sizes,
        "distance_from_kinks": None if found.kinks == float("inf") else found.kinks,
    }


def _described(variants: Iterable[Variant], found: Audit) -> Answer:
    listed = list(variants)
    return {
        "codes": [variant.mistake.code for variant in listed],
        "lines": [variant.line.name for variant in listed],
        "changes": [variant.evidence for variant in listed],
        "why": found.why(),
    }
