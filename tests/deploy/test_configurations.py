"""What deploy/ holds is sound as far as it can be told without the programs it is for."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from google.api import annotations_pb2
from google.protobuf import json_format

from relhealth.serving.server import LAYOUT
from relhealth.serving.service import SERVICE
from relhealth.serving.settings import load_settings
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


def test_the_settings_of_the_kubernetes_manifest_are_settings(tmp_path: Path) -> None:
    text = (DEPLOY / "kubernetes" / "relhealth.yaml").read_text(encoding="utf-8")
    documents = list(yaml.safe_load_all(text))
    by_kind = {document["kind"]: document for document in documents}
    file = tmp_path / "settings.toml"
    file.write_text(by_kind["ConfigMap"]["data"]["settings.toml"], encoding="utf-8")
    settings = load_settings({}, {}, file)
    pod = by_kind["Deployment"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert settings.address.endswith(f":{ports['grpc']}")
    assert settings.metrics_address.endswith(f":{ports['metrics']}")
    assert pod["terminationGracePeriodSeconds"] > settings.drain_seconds + settings.grace_seconds
    assert container["readinessProbe"]["exec"]["command"][:2] == ["relhealth", "probe"]


def test_the_compose_file_mounts_what_is_there() -> None:
    folder = DEPLOY / "compose"
    compose = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))
    for volume in compose["services"]["prometheus"]["volumes"]:
        assert (folder / volume.partition(":")[0]).is_file()
    subprocess.run(
        ["promtool", "check", "config", "--syntax-only", "prometheus.yaml"], check=True, cwd=folder
    )


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
