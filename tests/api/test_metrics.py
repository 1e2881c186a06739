"""What the metrics tell."""

import re
import time

import pytest
from fastapi import FastAPI

from chainruler.api.metrics import LENGTH, MEDIA_TYPE, SECONDS, Metrics
from tests.api.requests import good
from tests.support.http import call


def told(app: FastAPI) -> dict[str, float]:
    """Every series by its name and labels."""
    lines = call(app, "GET", "/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_a_request_is_counted_everywhere(app: FastAPI) -> None:
    """By route and status, in a bucket, in bytes, and in each phase."""
    answer = call(app, "POST", "/v1/gradients", json=good())
    series = told(app)

    route = 'route="/v1/gradients"'
    assert series[f'chainruler_requests_total{{{route},status="200"}}'] == 1
    assert series[f'chainruler_request_seconds_bucket{{{route},le="+Inf"}}'] == 1
    assert series[f"chainruler_request_seconds_count{{{route}}}"] == 1
    assert series[f"chainruler_sent_bytes_total{{{route}}}"] == len(answer.content)
    assert series[f"chainruler_received_bytes_total{{{route}}}"] == len(answer.request.content)
    for phase in ("read", "parse", "compute", "serialise"):
        assert series[f'chainruler_phase_seconds_count{{{route},phase="{phase}"}}'] == 1
    assert series["chainruler_in_flight"] == 1  # the one that asks


def test_refusals_and_unknown_paths_are_counted_without_their_text(app: FastAPI) -> None:
    """Labels are templates, so that nobody can make endlessly many of them."""
    for path in ("/nothing-here", "/v1/textbook/nothing-here"):
        call(app, "GET", path)
    call(app, "POST", "/v1/gradients", content=b"")
    series = told(app)

    assert series['chainruler_requests_total{route="",status="404"}'] == 1
    assert series['chainruler_requests_total{route="/v1/textbook/{name}",status="404"}'] == 1
    assert series['chainruler_requests_total{route="/v1/gradients",status="400"}'] == 1
    assert not [name for name in series if "nothing-here" in name]


def test_a_repeated_model_is_built_once(app: FastAPI) -> None:
    """Ten requests of a form that was not there before make one plan and one program."""
    before = told(app)
    request = good(regularization={"l2": 0.05, "scale": time.time()})
    for _ in range(10):
        assert call(app, "POST", "/v1/gradients", json=request).status_code == 200
    after = told(app)

    made = {name: after[name] - before[name] for name in after if "cache" in name}
    assert made['chainruler_cache_misses_total{cache="plans"}'] == 1
    assert made['chainruler_cache_hits_total{cache="plans"}'] >= 9
    assert made['chainruler_cache_misses_total{cache="networks"}'] <= 1
    assert made['chainruler_cache_misses_total{cache="programs"}'] <= 1


def test_the_format_is_what_prometheus_reads(app: FastAPI) -> None:
    """Each series belongs to the family before it, has a value, and buckets only grow."""
    call(app, "POST", "/v1/gradients", json=good())
    answer = call(app, "GET", "/metrics")

    family = ""
    for line in answer.text.splitlines():
        if found := re.fullmatch(r"# TYPE (chainruler_\w+) (counter|gauge|histogram|summary)", line):
            family = found[1]
        elif not line.startswith("# HELP "):
            assert re.fullmatch(rf'{family}(_bucket|_sum|_count)?(\{{\w+="[^"]*"(,\w+="[^"]*")*\}})? [0-9.]+', line), (
                line
            )
    buckets = [
        float(n) for n in re.findall(r'request_seconds_bucket\{route="/v1/gradients",le=.*\} (\d+)', answer.text)
    ]
    assert buckets == sorted(buckets)
    assert len(buckets) == len(SECONDS) + 1
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_workers_are_added_up() -> None:
    """Each worker counts in its own row, and tells the sum; a successor goes on, but for what is under way."""
    rows = [memoryview(bytearray(8 * LENGTH)).cast("d") for _ in range(2)]
    workers = [Metrics(), Metrics()]
    for place, worker in enumerate(workers):
        worker.add_route("/a")
        worker.share(rows, place)
        worker.request("/a", 200, 0.1, (1, 2))
        worker.add("in_flight", 1)
    successor = Metrics()
    successor.add_route("/a")
    successor.share(rows, 1)

    assert 'chainruler_requests_total{route="/a",status="200"} 2\n' in workers[0].text() == workers[1].text()
    assert "chainruler_in_flight 1\n" in successor.text()


@pytest.mark.parametrize("seconds", [0.0, 0.0005, 0.00051, 10.0, 11.0])
def test_a_time_is_counted_in_the_bucket_that_holds_it(seconds: float) -> None:
    """A bound belongs to its bucket."""
    metrics = Metrics()
    metrics.waited(seconds)

    counts = dict(re.findall(r'queue_seconds_bucket\{le="(.*)"\} (\d)', metrics.text()))
    assert [bound for bound, count in counts.items() if count == "1"] == [
        bound for bound in counts if float(bound.replace("+", "")) >= seconds
    ]


def test_counting_costs_next_to_nothing() -> None:
    """Well below the 5 µs that a small request can spare, measured as the best of many."""
    metrics = Metrics()
    metrics.add_route("/a")

    def once() -> float:
        began = time.perf_counter()
        for _ in range(100):
            metrics.request("/a", 200, 0.1, (1, 2))
            metrics.phases(1, (1.0, 1.0, 1.0, 1.0))
        return (time.perf_counter() - began) / 100

    assert min(once() for _ in range(50)) < 5e-6
