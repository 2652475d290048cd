"""Coverage-guided fuzzing of request bytes: `scripts/fuzz_requests.sh SECONDS`.

The first byte picks a method, the rest is its request. Whatever comes in, the outcome is a
response that adds up, or a refusal with a documented reason; any other exception is a finding.
"""

from __future__ import annotations

import contextlib
import math
import sys
from pathlib import Path
from unittest.mock import Mock

import atheris

with atheris.instrument_imports(include=["relhealth"]):
    import grpc

    from relhealth.errors import InvalidInputError
    from relhealth.models.load import load_scorer
    from relhealth.serving.board import Board
    from relhealth.serving.metrics import Meter
    from relhealth.serving.server import LAYOUT
    from relhealth.serving.service import RelationshipHealth, WorkLimits
    from relhealth.v1 import relationship_health_pb2 as pb
    from relhealth.wire.json_reading import read_request_line
    from relhealth.wire.limits import Limits
    from relhealth.wire.violations import Reason

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
TOLERANCE = 1e-9
CONTEXT = Mock(spec=grpc.ServicerContext)
SERVICE = RelationshipHealth(
    load_scorer(None, None), Meter(LAYOUT, Board(LAYOUT, 1).slot(0)), Limits(), WorkLimits(100)
)


def try_bytes(data: bytes) -> None:
    """One input of the fuzzer."""
    method, raw = data[:1], data[1:]
    try:
        if method == b"r":
            pb.RecommendActionsResponse.FromString(SERVICE.recommend_actions(raw, CONTEXT))
        elif method == b"c":
            pb.ExplainChangeResponse.FromString(SERVICE.explain_change(raw, CONTEXT))
        elif method == b"m":
            pb.MirrorBrandResponse.FromString(SERVICE.mirror_brand(iter([raw]), CONTEXT))
        elif method == b"j":
            _check(SERVICE.score_relationship(read_request_line(raw).SerializeToString(), CONTEXT))
        else:
            _check(SERVICE.score_relationship(raw, CONTEXT))
    except InvalidInputError as error:
        if error.reason not in Reason or not error.violations:
            raise AssertionError("a refusal without a reason") from error


def _check(answer: bytes) -> None:
    response = pb.ScoreRelationshipResponse.FromString(answer)
    health = response.health
    points = health.prior + math.fsum(item.contribution for item in health.contributions)
    if health.HasField("estimate") and abs(points - health.estimate.value) > TOLERANCE:
        raise AssertionError("health does not add up")
    for trait in response.traits:
        parties = trait.brand_contribution + trait.customer_contribution
        value = trait.prior + parties
        if trait.HasField("estimate") and abs(value - trait.estimate.value) > TOLERANCE:
            raise AssertionError("a trait does not add up")


def write_seeds(folder: Path) -> None:
    """The examples as each method takes them."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in EXAMPLES.glob("*.jsonl"):
        line = file.read_bytes()
        request = read_request_line(line)
        request.view = pb.VIEW_EVIDENCE
        change = pb.ExplainChangeRequest(history=request.history, to_time=request.as_of_time)
        change.from_time.seconds = request.as_of_time.seconds - 86_400
        seeds = {
            b"s": request,
            b"r": pb.RecommendActionsRequest(history=request.history),
            b"c": change,
            b"m": pb.MirrorBrandRequest(history=request.history),
        }
        for method, seed in seeds.items():
            (folder / f"{file.stem}-{method.decode()}").write_bytes(
                method + seed.SerializeToString()
            )
        (folder / f"{file.stem}-j").write_bytes(b"j" + line)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        with contextlib.suppress(OSError):
            write_seeds(Path(sys.argv[1]))
    atheris.Setup(sys.argv, try_bytes)
    atheris.Fuzz()
