"""What deploy/ holds is sound as far as it can be told without the programs it is for."""

from __future__ import annotations

import importlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from google.api import annotations_pb2
from google.protobuf import json_format

from programs import program
from relhealth.serving.server import LAYOUT
from relhealth.serving.service import SERVICE
from serving.running import Service

DEPLOY = Path(__file__).parents[2] / "deploy"
ENVOY_TYPES = (
    "envoy.extensions.filters.network.http_connection_manager.v3.http_connection_manager_pb2",
    "envoy.extensions.filters.http.grpc_web.v3.grpc_web_pb2",
    "envoy.extensions.filters.http.grpc_json_transcoder.v3.transcoder_pb2",
    "envoy.extensions.filters.http.router.v3.router_pb2",
    "envoy.extensions.upstreams.http.v3.http_protocol_options_pb2",
)


def test_envoys_own_schema_takes_the_configuration() -> None:
    bootstrap = importlib.import_module("envoy.config.bootstrap.v3.bootstrap_pb2")
    for name in ENVOY_TYPES:
        importlib.import_module(name)
    text = (DEPLOY / "envoy" / "envoy.yaml").read_text(encoding="utf-8")
    parsed = json_format.ParseDict(yaml.safe_load(text), bootstrap.Bootstrap())
    assert parsed.static_resources.clusters[0].name == "relhealth"
    assert f"services: [{SERVICE.full_name}]" in text


def test_every_method_has_a_place_in_http() -> None:
    places = set()
    for method in SERVICE.methods:
        rule = method.GetOptions().Extensions[annotations_pb2.http]
        places.add(rule.get or rule.post)
    assert len(places) == len(SERVICE.methods)
    assert all(place.startswith("/v1/") for place in places)


def test_the_specifications_schema_takes_the_compose_file() -> None:
    compose = DEPLOY / "compose" / "compose.yaml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    subprocess.run([*command, str(compose)], check=True)


def test_the_panels_of_the_dashboard_have_their_places() -> None:
    """Grafana has no published schema; this is what it would trip over."""
    dashboard = json.loads((DEPLOY / "grafana" / "relhealth.json").read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = set(
            itertools.product(
                range(place["x"], place["x"] + place["w"]),
                range(place["y"], place["y"] + place["h"]),
            )
        )
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["type"] == "row" or panel["targets"]
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(panels)))
    assert used - {"__rate_interval"} == variables


def test_the_compose_file_mounts_what_is_there() -> None:
    folder = DEPLOY / "compose"
    compose = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))
    for volume in compose["services"]["prometheus"]["volumes"]:
        assert (folder / volume.partition(":")[0]).is_file()
    command = [program("promtool", "prometheus"), "check", "config", "--syntax-only"]
    subprocess.run([*command, "prometheus.yaml"], check=True, cwd=folder)


@pytest.mark.parametrize("file", ["grafana/relhealth.json", "prometheus/rules.yaml"])
def test_what_is_drawn_and_summed_up_is_exposed(service: Service, file: str) -> None:
    text = (DEPLOY / file).read_text(encoding="utf-8")
    if file.endswith(".json"):
        text = "\n".join(
            target["expr"]
            for panel in json.loads(text)["panels"]
            for target in panel.get("targets", ())
        )
    exposed = {name.partition("{")[0] for name in service.metrics()}
    exposed |= {family.name for family in LAYOUT.families}
    used = set(re.findall(r"\b(?:relhealth|grpc_server)_\w+", text))
    assert used
    assert used <= exposed | {"relhealth_health_points_bucket"}
