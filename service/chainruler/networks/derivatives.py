"""Derivatives of one line by another: Jacobians, products with vectors, and gradients sample by sample."""

from __future__ import annotations

from collections.abc import Sequence

from chainruler.engine import (
    Block,
    Expression,
    NotSeparable,
    hvp,
    jacobian,
    jacobian_block,
    jvp,
    label_of,
    per_sample,
    substitute,
    variable,
    variables,
    vjp,
)
from chainruler.networks.blueprint import COTANGENT, TANGENT
from chainruler.networks.errors import SpecError, did_you_mean
from chainruler.networks.network import Network


def symbol_of(network: Network, name: str) -> Expression:
    """The symbol of a line, a parameter or the data, which may be called by its key too."""
    if name in network.system.lines:
        return network.system.symbol(name)
    if name in network.parameters:
        return network.parameters[name].variable
    free = {key: wanted.variable for key, wanted in network.inputs.items()}
    free |= {label_of(symbol): symbol for symbol in free.values()}
    if name not in free:
        known = [*network.system.lines, *network.parameters, *free]
        raise SpecError(
            "unknown_name", "", f'Nothing in this problem is called "{name[:40]}".', did_you_mean(name, known)
        )
    return free[name]


def written_in(network: Network, of: str, wrt: Sequence[Expression]) -> Expression:
    """A line with all names replaced by what defines them, but for those it is differentiated by."""
    known: dict[Expression, Expression] = {}
    asked = set(wrt)
    for name, expression in network.system:
        (written,) = substitute([expression], known)
        if name == of:
            return written
        if network.system.symbol(name) not in asked:
            known[network.system.symbol(name)] = written
    return symbol_of(network, of)


def jacobian_of(network: Network, of: str, wrt: str) -> Expression:
    """Every entry of one line differentiated by every entry of another."""
    x = symbol_of(network, wrt)
    return jacobian(written_in(network, of, [x]), x)


def block_of(network: Network, of: str, wrt: str) -> Block:
    """The Jacobian as one block and the indices that must agree; NotDifferentiable where it is not so sparse."""
    x = symbol_of(network, wrt)
    return jacobian_block(written_in(network, of, [x]), x)


def jvp_of(network: Network, of: str, wrt: Sequence[str]) -> Expression:
    """The derivative of a line along the vectors `v_<name>`."""
    xs = [symbol_of(network, name) for name in wrt]
    vectors = [variable(TANGENT + name, x.shape) for name, x in zip(wrt, xs, strict=True)]
    return jvp([written_in(network, of, xs)], xs, vectors)[0]


def vjp_of(network: Network, of: str, wrt: Sequence[str]) -> list[Expression]:
    """For each of `wrt`, the vector `u_<of>` times the derivative of a line."""
    xs = [symbol_of(network, name) for name in wrt]
    line = written_in(network, of, xs)
    return vjp([line], [variable(COTANGENT + of, line.shape)], xs)


def hvp_of(network: Network, wrt: Sequence[str]) -> list[Expression]:
    """The Hessian of the objective times the vectors `v_<name>`."""
    xs = [symbol_of(network, name) for name in wrt]
    vectors = [variable(TANGENT + name, x.shape) for name, x in zip(wrt, xs, strict=True)]
    return hvp(written_in(network, _objective(network), xs), xs, vectors)


def per_sample_gradients(network: Network) -> dict[str, Expression]:
    """Each sample's part of the gradient of the data loss by each parameter, N in front: the parts add up to it."""
    if network.couples_samples:
        message = (
            "There are no gradients sample by sample: batch_norm in training makes each sample depend on the others."
        )
        raise SpecError(
            "couples_samples", "/include", message, 'Set "mode": "inference", or "training": false in batch_norm.'
        )
    data = network.without_penalty
    try:
        written = _learnt(data)
        return {name: per_sample(written[line]) for name, line in data.gradients.items()}
    except NotSeparable as error:
        raise SpecError("couples_samples", "/include", str(error)) from None


def _learnt(network: Network) -> dict[str, Expression]:
    """Every line that depends on a parameter, written in parameters, data, and lines that do not.

    So a total weight that a mean divides by stays one number, although it is made of all samples.
    """
    system = network.backward()
    known: dict[Expression, Expression] = {}
    depends = {parameter.variable for parameter in network.parameters.values()}
    for symbol, line in system.definitions():
        if not depends.isdisjoint(variables([line])) or label_of(symbol) not in network.system.lines:
            depends.add(symbol)
            (known[symbol],) = substitute([line], known)
    return {label_of(symbol): line for symbol, line in known.items()}


def _objective(network: Network) -> str:
    if network.objective is None:
        raise SpecError("missing_field", "/loss", 'There is nothing to differentiate: the problem has no "loss".')
    return network.objective
