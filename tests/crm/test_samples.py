"""The samples of the examples: import, score, write back, as docs/integrations says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import json_format

from relhealth.cli import main
from relhealth.crm.systems import SYSTEMS, adapter_of
from relhealth.v1 import relationship_health_pb2 as pb

SAMPLES = Path(__file__).parents[2] / "examples/integrations/samples"
OPTIONS = {
    "csv": ["--mapping", str(SAMPLES / "csv/mapping.toml")],
    "email": ["--own-address", "brand.example"],
}
INTERACTIONS = {
    "chatwoot": {"31": 5},
    "csv": {"C-17": 3},
    "email": {"mara@example.org": 4},
    "freshdesk": {"71": 4},
    "hubspot": {"51": 4},
    "intercom": {"64f1c0ffee": 7},
    "salesforce": {"0035e00000Mara1AAA": 4},
    "twitter": {"1001": 3, "1002": 1},
    "zendesk": {"501": 5, "502": 4, "503": 3},
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_sample_goes_from_export_to_score_to_fields(system: str, tmp_path: Path) -> None:
    histories, scores, updates = (tmp_path / f"{name}.jsonl" for name in ("h", "s", "u"))
    source = str(SAMPLES / system)
    options = OPTIONS.get(system, [])
    assert main(["import", system, source, "--output", str(histories), *options]) == 0
    read = [
        json_format.Parse(line, pb.RelationshipHistory())
        for line in histories.read_text(encoding="utf-8").splitlines()
    ]
    assert {h.customer_id: len(h.interactions) for h in read} == INTERACTIONS[system]
    as_of = "2024-05-01T00:00:00Z"
    assert main(["score", str(histories), "--as-of", as_of, "--output", str(scores)]) == 0
    scored = [json.loads(line) for line in scores.read_text(encoding="utf-8").splitlines()]
    assert [score["customer_id"] for score in scored] == list(INTERACTIONS[system])
    if adapter_of(system).batch_size:
        assert main(["write-back", system, str(scores), "--output", str(updates)]) == 0
        written = [json.loads(line) for line in updates.read_text(encoding="utf-8").splitlines()]
        customers = [customer for update in written for customer in update["customer_ids"]]
        assert customers == list(INTERACTIONS[system])


def test_who_was_cared_for_scores_above_who_was_ignored(tmp_path: Path) -> None:
    histories, scores = tmp_path / "h.jsonl", tmp_path / "s.jsonl"
    main(["import", "zendesk", str(SAMPLES / "zendesk"), "--output", str(histories)])
    main(["score", str(histories), "--as-of", "2024-05-01T00:00:00Z", "--output", str(scores)])
    health = {
        score["customer_id"]: score["health"]["estimate"]["value"]
        for score in map(json.loads, scores.read_text(encoding="utf-8").splitlines())
    }
    assert health["501"] > health["502"] + 30
