"""The monitoring against a real Prometheus that scrapes a real service of four workers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from programs import program
from serving.calls import SERVICE, example, score, unary
from serving.running import Service, free_port, reachable, running, wait_until

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "prometheus"
UNIT_TESTS = ("tests.yaml", "drift_tests.yaml")
BROKEN = """
import sys
import relhealth.serving.service as service

def fail(*_):
    raise KeyError

service.RelationshipHealth._score = fail
from relhealth.cli import main
sys.exit(main())
"""


def promtool(*arguments: str) -> None:
    command = [program("promtool", "prometheus"), *arguments]
    subprocess.run(command, check=True, cwd=DEPLOY, capture_output=True)


def test_rules_are_sound_and_alerts_fire_as_their_unit_tests_say() -> None:
    promtool("check", "rules", "rules.yaml", "alerts.yaml")
    promtool("check", "config", "prometheus.yaml")
    for name in UNIT_TESTS:
        promtool("test", "rules", name)


def test_every_alert_has_a_runbook() -> None:
    runbooks = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8").lower()
    alerts = (DEPLOY / "alerts.yaml").read_text(encoding="utf-8")
    names = set(re.findall(r"alert: (\w+)", alerts))
    assert set(re.findall(r"runbooks.md#(\w+)", alerts)) == {name.lower() for name in names}
    for name in names:
        assert f"## {name.lower()}\n" in runbooks


def test_every_alert_fires_in_a_unit_test() -> None:
    alerts = (DEPLOY / "alerts.yaml").read_text(encoding="utf-8")
    tests = "".join((DEPLOY / name).read_text(encoding="utf-8") for name in UNIT_TESTS)
    fired = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", tests))
    assert fired == set(re.findall(r"alert: (\w+)", alerts))


def test_what_is_exposed_is_well_formed(service: Service) -> None:
    url = f"http://{service.metrics_address}/metrics"
    with urllib.request.urlopen(url) as answer:
        exposed = answer.read()
    checked = subprocess.run(
        [program("promtool", "prometheus"), "check", "metrics"],
        input=exposed,
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr.decode()


def test_every_metric_is_in_the_documents(service: Service) -> None:
    document = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    suffix = re.compile(r"_(bucket|count|sum)$")
    for sample in service.metrics():
        name = sample.partition("{")[0]
        assert f"`{suffix.sub('', name)}`" in document or f"`{name}`" in document, name


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[str]:
    """A Prometheus with our rules, twice a second; gives its address."""
    for name in ("rules.yaml", "alerts.yaml"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("interval: 5m", "interval: 1s"), encoding="utf-8")
    text = (DEPLOY / "prometheus.yaml").read_text(encoding="utf-8")
    text = text.replace("15s", "500ms").replace("localhost:9464", target)
    (folder / "prometheus.yaml").write_text(text, encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    binary = program("prometheus", "prometheus")
    command = [
        *(binary, f"--config.file={folder / 'prometheus.yaml'}"),
        *(f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}"),
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until(lambda: reachable(f"http://{address}/-/ready"))
        yield address
    finally:
        process.terminate()
        process.wait(20)


def asked(address: str, path: str, **arguments: str) -> Any:  # noqa: ANN401
    url = f"http://{address}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)["data"]


def value(address: str, query: str) -> float | None:
    result = asked(address, "query", query=query)["result"]
    return float(result[0]["value"][1]) if result else None


def firing(address: str) -> set[str]:
    return {
        alert["labels"]["alertname"]
        for alert in asked(address, "alerts")["alerts"]
        if alert["state"] == "firing"
    }


def call_once(service: Service) -> None:
    with service.channel() as channel:
        score(channel, example("loyal_regular"))


def test_four_workers_are_counted_as_one_and_nothing_fires(tmp_path: Path) -> None:
    total = f'sum(grpc_server_handled_total{{grpc_service="{SERVICE}",grpc_code="OK"}})'
    with (
        running(tmp_path, "--workers", "4") as service,
        prometheus(tmp_path, service.metrics_address) as address,
    ):
        for _ in range(20):
            call_once(service)
        wait_until(lambda: value(address, total) == 20)
        assert value(address, "sum(relhealth_scores_total)") == 20
        assert value(address, "sum(relhealth_worker_up)") == 4
        assert value(address, "count(relhealth_model_info)") == 1

        def spending_nothing() -> bool:
            call_once(service)
            return value(address, "relhealth:grpc_errors:ratio_rate5m") == 0

        wait_until(spending_nothing)
        assert "RelhealthErrorBudgetBurn" not in firing(address)
        refuse_once(service)
        wait_until(lambda: undrawn(address) == NEEDS_DAYS)
        rules = [rule for group in asked(address, "rules")["groups"] for rule in group["rules"]]
        assert len(rules) > 30
        assert {(rule["health"], rule.get("lastError", "")) for rule in rules} == {("ok", "")}


NEEDS_DAYS = {"relhealth:band:stability_index"}


def refuse_once(service: Service) -> None:
    with service.channel() as channel, pytest.raises(grpc.RpcError):
        unary(channel, "ScoreRelationship", b"\xff\xff")


def drawn() -> Iterator[str]:
    """What the dashboard's panels ask, with its variables as Grafana would fill them in."""
    dashboard = json.loads((ROOT / "deploy/grafana/relhealth.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            query = target["expr"].replace("$__rate_interval", "1m").replace("$job", "relhealth")
            assert "$" not in query
            yield query


def undrawn(address: str) -> set[str]:
    """Names of the queries of the dashboard to which this Prometheus has no answer."""
    return {
        query.partition("{")[0]
        for query in drawn()
        if not asked(address, "query", query=query)["result"]
    }


def test_a_server_that_fails_fires_the_right_alert(tmp_path: Path) -> None:
    program = (sys.executable, "-c", BROKEN)
    with (
        running(tmp_path, "--workers", "4", program=program) as service,
        prometheus(tmp_path, service.metrics_address) as address,
    ):
        wait_until(lambda: value(address, "sum(relhealth_worker_up)") == 4)

        def burning() -> bool:
            with pytest.raises(grpc.RpcError):
                call_once(service)
            return "RelhealthErrorBudgetBurn" in firing(address)

        wait_until(burning)
        assert "RelhealthErrorBudgetBurn" in firing(address)
        assert not firing(address) & {"RelhealthWorkerDown", "RelhealthDown", "RelhealthSaturated"}


def test_the_number_of_series_keeps_within_its_budget(service: Service) -> None:
    assert len(service.metrics()) < 800
