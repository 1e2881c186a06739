"""chainruler beside its neighbours: the plain endpoints, Tesseract and UM-Bridge, on the same gradients in one run."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import distributions
from statistics import median

from benchmarks.install import NEIGHBOURS, missing
from benchmarks.neighbours import ours, plain, tesseract, umbridge
from benchmarks.neighbours.contender import Contender
from benchmarks.neighbours.race import CONNECTIONS, Race, race
from benchmarks.pictures.dots import Dots
from benchmarks.report import Picture, Table
from benchmarks.service.load import Failed, has_wrk
from benchmarks.timing import Effort
from chainruler.cli.pictures.axis import label

CONTENDERS = [*ours.CONTENDERS, *plain.CONTENDERS, *tesseract.CONTENDERS, *umbridge.CONTENDERS]
OURS = {one.encoding: one.name for one in ours.CONTENDERS}
VERSIONS = ("tesseract-core", "fastapi", "umbridge", "aiohttp")
NO_WRK = "wrk is not installed here (Debian: apt-get install wrk), so no load was measured."


def measure(effort: Effort) -> list[Table | Picture]:
    """The picture, the summary, the details, and how each is written."""
    absent = {one.name: why for one in CONTENDERS if one.needs and (why := missing(one.needs))}
    done = race([one for one in CONTENDERS if one.name not in absent], effort)
    if ours_failed := done.dropped.keys() & set(OURS.values()):
        raise Failed(f"There is nothing to compare with: {', '.join(ours_failed)} dropped out.")
    absent |= done.dropped
    pictures = [_picture(done)] if has_wrk() else []
    return [*pictures, _summary(absent, done), _under_load(done), _own_clients(done), _written(absent)]


def _picture(done: Race) -> Dots:
    """Answers a second of all that are used as they are meant to be."""
    shown = [one.name for one in done.contenders if one.intended]
    panels = {str(w): {name: done.found[w.name, name].of_load("rate") or 0 for name in shown} for w in done.workloads}
    return Dots("neighbours", "Loss and all gradients over HTTP", "answers a second", panels)


def _summary(absent: Mapping[str, str], done: Race) -> Table:
    """A row for each that is used as it is meant to be."""
    units = ("answers/s", "ms")
    columns = ["by", *(f"{workload.name}, {unit}" for unit in units for workload in done.workloads)]
    rows = []
    for one in (one for one in CONTENDERS if one.intended):
        if one.name in absent:
            rows.append([one.name, f"left out: {absent[one.name]}"])
        elif one in done.contenders:
            here = [done.found[workload.name, one.name] for workload in done.workloads]
            rates, times = [cell.of_load("rate") for cell in here], [median(cell.calls) * 1e3 for cell in here]
            rows.append([_name(one), *map(_number, [*rates, *times])])
    networks = ", ".join(map(str, done.workloads))
    reading = (
        f"The loss and all gradients of ReLU networks: {networks} (N is the number of samples). Answers a second under "
        f"the load of {_connections(done)} connections, and the milliseconds that one call by its own client takes, "
        f"from arrays to arrays. {_verdict(done)}"
    )
    return Table("chainruler and its neighbours", reading, columns, rows)


def _verdict(done: Race) -> str:
    """Whether chainruler is ahead of everyone who sends arrays as it does, and of whom not."""
    behind = [
        f"{workload.name}, {one.name}, {how} ({ratio:.2f} ×)"
        for one in done.contenders
        for workload in done.workloads
        for how, ratio in _leads(one, workload.name, done).items()
        if ratio < 1
    ]
    return f"Not ahead of: {'; '.join(behind)}." if behind else "chainruler is ahead of each that sends arrays alike."


def _leads(one: Contender, workload: str, done: Race) -> dict[str, float]:
    """How many times more, and how many times quicker, chainruler answers in the same encoding."""
    if one.name in OURS.values():
        return {}
    us, them = done.found[workload, OURS[one.encoding]], done.found[workload, one.name]
    our_rate, their_rate = us.of_load("rate"), them.of_load("rate")
    load = {"load": our_rate / their_rate} if our_rate and their_rate else {}
    return load | {"own client": median(them.calls) / median(us.calls)}


def _under_load(done: Race) -> Table:
    """Everything that the load generator measured."""
    columns = ["workload", "by", "answers/s", "p50, ms", "p99, ms", "CPU, ms", "chainruler is ahead"]
    rows = []
    for workload in done.workloads:
        for one in done.contenders:
            cell, lead = done.found[workload.name, one.name], _leads(one, workload.name, done).get("load")
            times = [_number(value and value * 1e3) for value in map(cell.of_load, ("p50", "p99", "cpu"))]
            rows.append([str(workload), _name(one), _number(cell.of_load("rate")), *times, _times(lead)])
    reading = (
        f"wrk beside one server process on the same cores, with {_connections(done)} connections. An answer is the "
        "loss and all gradients, in as many requests as that takes: a connection sends the next when it has the last. "
        "CPU is the server's time an answer. Medians of rounds in which all take turns. chainruler is ahead by so many "
        f"answers a second in the same encoding. {'' if has_wrk() else NO_WRK}"
    )
    return Table("Under load", reading.rstrip(), columns, rows)


def _own_clients(done: Race) -> Table:
    """Everything that the clients measured."""
    columns = ["workload", "by", "median, ms", "p99, ms", "calls", "chainruler is ahead"]
    rows = []
    for workload in done.workloads:
        for one in done.contenders:
            cell, lead = done.found[workload.name, one.name], _leads(one, workload.name, done).get("own client")
            figures = [_number(median(cell.calls) * 1e3), _number(cell.p99 * 1e3), f"{len(cell.calls):,}"]
            rows.append([str(workload), _name(one), *figures, _times(lead)])
    reading = (
        "One call after the other from Python, from NumPy arrays to NumPy arrays, with the client that each brings; "
        "the plain endpoints bring none and are called with one httpx.Client and lists. Tesseract's client sends "
        "arrays in base64 whatever comes back, so for JSON it is given lists. p99 is the slowest call where there are "
        "fewer than a hundred."
    )
    return Table("Each by its own client", reading, columns, rows)


def _written(absent: Mapping[str, str]) -> Table:
    """How each is written and tuned; why one is left out."""
    rows = [[_name(one), f"left out: {absent[one.name]}" if one.name in absent else one.how] for one in CONTENDERS]
    reading = (
        f"All sources are in benchmarks/neighbours and benchmarks/service/plain.py. {_versions()}Every neighbour but "
        "the one with PyTorch computes with the same NumPy as the plain endpoint, so what differs is the way there and "
        "back. Each has answered with the right numbers, to the load generator's requests and to its own client, "
        "before anything was timed."
    )
    return Table("How each is written and tuned", reading, ["by", "how"], rows)


def _versions() -> str:
    folders = [str(path) for path in NEIGHBOURS.glob("lib/python*/site-packages")]
    found = {one.metadata["Name"].lower(): one.version for one in distributions(path=folders)}
    known = [f"{name} {found[name]}" for name in VERSIONS if name in found]
    return f"Versions beside those above: {', '.join(known)}. " if known else ""


def _connections(done: Race) -> str:
    return ", ".join(f"{CONNECTIONS[workload.name]} ({workload.name})" for workload in done.workloads)


def _name(one: Contender) -> str:
    return f"**{one.name}**" if one.name in OURS.values() else one.name


def _number(value: float | None) -> str:
    return "" if value is None else label(value)


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{label(ratio)} ×"
