"""Counts the work of scoring: calls, memory and instructions, which no busy machine changes.

``python tests/bench/work.py`` writes what is counted now to expected_work.json.
``python tests/bench/work.py answer VIEW SIZE`` only answers a request, for valgrind to look at.
"""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
import tracemalloc
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from relhealth.batch.synthetic.generate import BEGINS_US, WINDOW_DAYS, Plan, generate
from relhealth.domain.history import MICROSECONDS_PER_DAY
from relhealth.domain.score import PackedScore
from relhealth.models.load import load_scorer
from relhealth.scoring.scorer import Scorer
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.encoding import write_score
from relhealth.wire.histories import encode_history
from relhealth.wire.limits import DEFAULT_LIMITS
from relhealth.wire.parsing import read_request

EXPECTED = Path(__file__).parent / "expected_work.json"
SIZES = (50, 500)
VIEWS = ("summary", "evidence")


@dataclass(frozen=True)
class Work:
    """What answering one request took.

    Attributes:
        python_calls: Functions of Python that were entered, generators' resumptions included.
        c_calls: Functions of the interpreter and of extensions that were called.
        kilobytes: Most memory in use at once beyond what was in use before.
    """

    python_calls: int
    c_calls: int
    kilobytes: int


def request(size: int, view: str) -> bytes:
    """A fixed relationship of so many interactions, as it is sent."""
    made = generate(Plan(1, size, seed=6, conducts=("ordinary",)), 0)
    message = pb.ScoreRelationshipRequest(
        history=encode_history(made.brand_id, made.customer_id, "", made.interactions),
        view=pb.VIEW_EVIDENCE if view == "evidence" else pb.VIEW_SUMMARY,
    )
    message.as_of_time.FromMicroseconds(BEGINS_US + WINDOW_DAYS * MICROSECONDS_PER_DAY)
    return message.SerializeToString()


def answer(scorer: Scorer, raw: bytes) -> bytes:
    """All that the service does with a request but receive, count and send."""
    history, options, request_id = read_request(raw, 0, DEFAULT_LIMITS)
    known = history.cut(options.as_of_us)
    score = scorer.score_or_pack(known, scorer.read(known), options, len(history) - len(known))
    if not isinstance(score, PackedScore):
        raise TypeError("nothing was compiled")
    return write_score(score, request_id)


def count(scorer: Scorer, raw: bytes) -> Work:
    """The work of one answer to texts never seen, by a scorer that has worked before."""
    answer(scorer, raw)
    calls = {"call": 0, "c_call": 0}

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        if event in calls:
            calls[event] += 1

    gc.collect()
    gc.disable()
    try:
        sys.setprofile(note)
        answer(scorer, raw)
        sys.setprofile(None)
        tracemalloc.start()
        answer(scorer, raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        sys.setprofile(None)
        tracemalloc.stop()
        gc.enable()
    return Work(calls["call"], calls["c_call"], round(peak / 1024))


def count_all() -> dict[str, Work]:
    """The work by ``<view> <size>``."""
    scorer = load_scorer(None, None)
    return {
        f"{view} {size}": count(scorer, request(size, view)) for view in VIEWS for size in SIZES
    }


def instructions(valgrind: str, view: str, size: int) -> int:
    """Instructions that the compiled kernels spend on one answer, and what they call.

    Args:
        valgrind: The program.
        view: Of the request.
        size: Its interactions.
    """
    doors = (
        "read_request",
        "kernel_read_packed",
        "kernel_judge",
        "kernel_input",
        "judged_response",
    )
    kernels = [f"--toggle-collect={door}" for door in doors]
    told = subprocess.run(
        [
            *(valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", *kernels),
            *(sys.executable, __file__, "answer", view, str(size)),
        ],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    found = re.search(r"Collected : (\d+)", told)
    if found is None:
        raise RuntimeError(told)
    return int(found[1])


def expected() -> dict[str, Work]:
    """The work that was counted when it was last renewed."""
    return {name: Work(**numbers) for name, numbers in _stored()["answers"].items()}


def expected_instructions() -> dict[str, int]:
    """The instructions that were counted then, by ``<view> <size>``."""
    counted: dict[str, int] = _stored()["kernel_instructions"]
    return counted


def _stored() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return stored


def main() -> None:
    """Counts everything, or answers one request."""
    if sys.argv[1:2] == ["answer"]:
        answer(load_scorer(None, None), request(int(sys.argv[3]), sys.argv[2]))
        return
    counted = {
        "answers": {name: asdict(work) for name, work in count_all().items()},
        "kernel_instructions": {
            f"{view} {size}": instructions("valgrind", view, size)
            for view in VIEWS
            for size in SIZES
        },
    }
    EXPECTED.write_text(json.dumps(counted, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
