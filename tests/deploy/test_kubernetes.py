"""The manifests: Kubernetes and its tools take them, and they agree with the service's settings."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from cloudcoil.models.prometheus_operator.v1 import PodMonitor, PrometheusRule

from programs import program
from relhealth.serving.settings import Settings, load_settings

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
MONITORING = KUBERNETES / "monitoring"
LABELS = {"app.kubernetes.io/name": "relhealth"}
_BYTES = {"Mi": 1024**2, "Gi": 1024**3}
_WORKER_BYTES = 80_000_000
_BYTES_A_MESSAGE_BYTE = 20

Document = dict[str, Any]


def read(path: Path) -> Document:
    document: Document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def documents(folder: Path) -> dict[str, Document]:
    """The documents that a kustomization names, by kind; each file has one."""
    names = read(folder / "kustomization.yaml")["resources"]
    found = [read(folder / name) for name in names]
    assert {path.name for path in folder.glob("*.yaml")} == {*names, "kustomization.yaml"}
    return {document["kind"]: document for document in found}


@pytest.fixture(scope="module")
def manifests() -> dict[str, Document]:
    return documents(KUBERNETES)


@pytest.fixture(scope="module")
def pod(manifests: dict[str, Document]) -> Document:
    template: Document = manifests["Deployment"]["spec"]["template"]
    return template


@pytest.fixture(scope="module")
def container(pod: Document) -> Document:
    (only,) = pod["spec"]["containers"]
    found: Document = only
    return found


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings({}, {}, KUBERNETES / "settings.toml")


def cores(quantity: str) -> float:
    return float(quantity.removesuffix("m")) / (1000 if quantity.endswith("m") else 1)


@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
def test_kubernetes_own_schemas_take_the_manifests(version: str) -> None:
    known = documents(KUBERNETES)
    for document in known.values():
        kubernetes_validate.validate(document, version, strict=True)
    misspelt = known["Deployment"]
    misspelt["spec"]["template"]["spec"]["containers"][0]["readyProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, version, strict=True)


def test_the_operators_own_models_take_its_resources() -> None:
    resources = documents(MONITORING)
    for model in (PodMonitor, PrometheusRule):
        given = resources[model.__name__]
        taken = model.model_validate(given).model_dump(
            by_alias=True, exclude_unset=True, mode="json"
        )
        # What the model does not know would be missing here.
        assert taken == given


def test_kubectl_makes_of_them_what_they_say(manifests: dict[str, Document]) -> None:
    command = [program("kubectl", "kubernetes-client"), "kustomize"]
    for folder in (KUBERNETES, MONITORING):
        told = subprocess.run([*command, str(folder)], check=True, capture_output=True, text=True)
        made = {d["kind"]: d for d in yaml.safe_load_all(told.stdout)}
        if folder == MONITORING:
            assert made == documents(MONITORING)
            continue
        generated = made.pop("ConfigMap")
        text = (KUBERNETES / "settings.toml").read_text(encoding="utf-8")
        assert generated["data"] == {"settings.toml": text}
        volumes = made["Deployment"]["spec"]["template"]["spec"]["volumes"]
        (mounted,) = [v["configMap"] for v in volumes if "configMap" in v]
        assert mounted["name"] == generated["metadata"]["name"] != "relhealth"
        mounted["name"] = "relhealth"
        assert made == manifests


def test_ports_agree_with_the_settings(
    manifests: dict[str, Document], container: Document, settings: Settings
) -> None:
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert settings.address == f"0.0.0.0:{ports['grpc']}"
    assert settings.metrics_address == f"0.0.0.0:{ports['metrics']}"
    (served,) = manifests["Service"]["spec"]["ports"]
    assert (served["port"], served["targetPort"]) == (ports["grpc"], "grpc")
    # The service speaks TLS itself, which a mesh has to know.
    assert settings.tls_certificate is not None
    assert served["appProtocol"] == "https"
    (endpoint,) = documents(MONITORING)["PodMonitor"]["spec"]["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")
    policy = manifests["NetworkPolicy"]["spec"]
    assert [port["port"] for rule in policy["ingress"] for port in rule["ports"]] == [*ports]


def test_files_are_mounted_where_the_settings_look(
    pod: Document, container: Document, settings: Settings
) -> None:
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    assert mounts.keys() - {"/etc/relhealth/settings.toml"} == {
        str(file.parent)
        for file in (settings.tls_certificate, settings.tls_key, settings.clients)
        if file is not None
    }
    assert set(mounts.values()) == set(volumes)
    assert container["args"] == ["serve", "--config", "/etc/relhealth/settings.toml"]
    probe = container["readinessProbe"]["exec"]["command"]
    assert probe[:4] == ["relhealth", "probe", "--address", "localhost:50051"]
    assert str(Path(probe[-1]).parent) in mounts


def test_labels_are_those_that_everything_selects_by(
    manifests: dict[str, Document], pod: Document
) -> None:
    assert pod["metadata"]["labels"] == LABELS
    selectors = [
        manifests["Service"]["spec"]["selector"],
        manifests["Deployment"]["spec"]["selector"]["matchLabels"],
        manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        manifests["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        *[s["labelSelector"]["matchLabels"] for s in pod["spec"]["topologySpreadConstraints"]],
        documents(MONITORING)["PodMonitor"]["spec"]["selector"]["matchLabels"],
    ]
    assert all(selector == LABELS for selector in selectors)
    # The job that rules and alerts go by.
    assert LABELS[documents(MONITORING)["PodMonitor"]["spec"]["jobLabel"]] == "relhealth"
    scaled = manifests["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    deployment = manifests["Deployment"]
    assert scaled == {
        "apiVersion": deployment["apiVersion"],
        "kind": "Deployment",
        "name": deployment["metadata"]["name"],
    }
    assert "replicas" not in deployment["spec"]


def test_resources_are_what_the_settings_take(container: Document, settings: Settings) -> None:
    assert cores(container["resources"]["requests"]["cpu"]) == settings.workers
    limit = container["resources"]["limits"]["memory"]
    held = settings.threads * settings.max_message_bytes * _BYTES_A_MESSAGE_BYTE
    assert settings.workers * (_WORKER_BYTES + held) < int(limit[:-2]) * _BYTES[limit[-2:]]


def test_times_leave_room_for_each_other(
    manifests: dict[str, Document], pod: Document, settings: Settings
) -> None:
    stopping = settings.drain_seconds + settings.grace_seconds
    assert pod["spec"]["terminationGracePeriodSeconds"] > stopping
    scaling = manifests["HorizontalPodAutoscaler"]["spec"]
    # Clients must have had the time to come to a new pod before it is judged idle.
    assert settings.max_connection_age_seconds > 0
    pause = scaling["behavior"]["scaleDown"]["stabilizationWindowSeconds"]
    assert pause > settings.max_connection_age_seconds * 1.1
    allowed = manifests["PodDisruptionBudget"]["spec"]["maxUnavailable"]
    assert scaling["minReplicas"] > allowed


def test_pods_meet_the_restricted_security_standard(pod: Document, container: Document) -> None:
    of_pod, own = pod["spec"]["securityContext"], container["securityContext"]
    assert of_pod["runAsNonRoot"]
    assert of_pod["runAsUser"] > 0
    assert of_pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert f"--uid {of_pod['runAsUser']} " in (DEPLOY.parent / "Dockerfile").read_text()


def test_the_rule_for_the_operator_is_that_of_prometheus() -> None:
    groups = [
        group
        for name in ("rules.yaml", "alerts.yaml")
        for group in read(DEPLOY / "prometheus" / name)["groups"]
    ]
    made = documents(MONITORING)["PrometheusRule"]["spec"]["groups"]
    assert made == groups, "python scripts/generate_prometheus_rule.py"
