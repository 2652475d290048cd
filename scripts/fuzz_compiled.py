"""The compiled modules under sanitizers: `python scripts/fuzz_compiled.py SECONDS`.

Builds them with GCC's address and undefined-behaviour sanitizers, then a third of the time each
reads broken lines and requests and answers those that can be read, reads odd texts, and judges odd
histories with random readings while what is asked of Python raises now and then. What reads or
writes beyond its memory ends the process with a report, and so does a judgement that is not the one
in Python. Whatever is asked is made from a seed, which a second argument names.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from relhealth.extensions import COLUMNS, COUNTING, JSON, JUDGE, KERNEL, WRITING

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"  # their odd histories
BUILT = ROOT / "out" / "sanitized"
SOURCES = {
    KERNEL: "detection/kernel/module.c",
    JUDGE: "scoring/kernel/module.c",
    COLUMNS: "wire/_columns.c",
    WRITING: "wire/_writing.c",
    JSON: "wire/_json.c",
    COUNTING: "serving/_counting.c",
}
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
RUNTIMES = ("libasan.so", "libubsan.so")
# Each allocation of its own, so that the sanitizer sees its end; Python keeps much until it ends.
ENVIRONMENT = {"PYTHONMALLOC": "malloc", "ASAN_OPTIONS": "detect_leaks=0"}
READY = "RELHEALTH_SANITIZED"
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 5  # noqa: PLR2004 - the second argument
EVIDENCE = 2  # of the contract's View
NOW_US = 1_800_000_000_000_000
STREAMED = (True, False, False, False)
CHARACTERS = (
    "aA'0.@:/!?-_ \n\t^*~>#\u00e9\u00df\u0130\u017f\U0001f600\u200d\ufe0f\uff21\u2019\u4e2d\udc80"
    "http://www.sent from my on wrote:"
)


class Stopped(Exception):  # noqa: N818 - a stop is no error
    """What Python raises in the middle of a judgement."""


class Stops:
    """Raises with a chance wherever it is called."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.how_often = 0.0

    def __call__(self) -> None:
        """The checkpoint, and what comes before the words of an act are found."""
        if self._chance.random() < self.how_often:
            raise Stopped


def main() -> None:
    """Builds, and starts itself anew under the sanitizers; there it fuzzes."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    if os.environ.get(READY) == "1":
        _load()
        _fuzz(seconds)
        return
    BUILT.mkdir(parents=True, exist_ok=True)
    for name, source in SOURCES.items():
        _build(ROOT / "service" / "relhealth" / source, _built(name))
    preloaded = ":".join(_said("gcc", f"-print-file-name={runtime}") for runtime in RUNTIMES)
    environment = os.environ | ENVIRONMENT | {READY: "1", "LD_PRELOAD": preloaded}
    sys.exit(subprocess.run([sys.executable, *sys.argv], env=environment, check=False).returncode)


def _built(name: str) -> Path:
    return BUILT / f"{name}.so"


def _build(source: Path, target: Path) -> None:
    headers = f"-I{sysconfig.get_paths()['include']}"
    options = ("-shared", "-fPIC", "-O1", "-g", "-ffp-contract=off", *SANITIZE, headers)
    _said("gcc", *options, str(source), "-o", str(target), "-lm")


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _load() -> None:
    """Puts the sanitized modules in the place of the others."""
    for name in SOURCES:
        path = str(_built(name))
        spec = spec_from_file_location(name, path, loader=ExtensionFileLoader(name, path))
        if spec is None or spec.loader is None:
            raise ImportError(name)
        sys.modules[name] = module = module_from_spec(spec)
        spec.loader.exec_module(module)


def _fuzz(seconds: float) -> None:
    chance = random.Random(SEED)
    until = time.monotonic() + seconds / 3
    requests = _fuzz_requests(chance, until)
    texts = _fuzz_texts(chance, until + seconds / 3)
    histories = _fuzz_judge(chance, until + 2 * seconds / 3)
    sys.stdout.write(f"{requests} requests, {texts} texts, {histories} histories: nothing found\n")


def _fuzz_requests(chance: random.Random, until: float) -> int:
    from relhealth.errors import InvalidInputError  # noqa: PLC0415 - what is sanitized comes first
    from relhealth.models.load import load_scorer  # noqa: PLC0415
    from relhealth.wire.encoding import write_score  # noqa: PLC0415
    from relhealth.wire.json_reading import read_request_line  # noqa: PLC0415
    from relhealth.wire.json_writing import write_response_line  # noqa: PLC0415
    from relhealth.wire.limits import Limits  # noqa: PLC0415
    from relhealth.wire.parsing import read_request  # noqa: PLC0415
    from relhealth.wire.plain_json import read_plain_line, write_plain_line  # noqa: PLC0415

    files = sorted((ROOT / "examples").glob("*.jsonl"))
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    requests = [read_request_line(line) for line in lines]
    seeds, kind = [_seed(request) for request in requests], requests[0].DESCRIPTOR
    scorer = load_scorer(None, None)
    count = 0
    while time.monotonic() < until:
        count += 1
        read_plain_line(_broken(chance, chance.choice(lines), chance.choice(lines)))
        raw = _broken(chance, chance.choice(seeds), chance.choice(seeds))
        write_plain_line(kind, raw)
        with suppress(InvalidInputError):
            history, options, request_id = read_request(
                raw, NOW_US, Limits(), is_streamed=chance.choice(STREAMED)
            )
            write_response_line(write_score(scorer.score(history, options), request_id))
    return count


def _seed(request: Any) -> bytes:  # noqa: ANN401 - its class comes after what is sanitized
    request.view = EVIDENCE
    raw: bytes = request.SerializeToString()
    return raw


def _broken(chance: random.Random, seed: bytes, other: bytes) -> bytes:
    """A request with some bytes changed, left out, put in, or taken from another."""
    raw = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        place, from_other = chance.randrange(len(raw) + 1), chance.randrange(len(other))
        size = chance.choice((0, 1, 2, 8, 64))
        put = chance.choice(
            (
                chance.randbytes(size),
                bytes(chance.choices((0, 1, 8, 10, 127, 128, 255), k=size)),
                other[from_other : from_other + size],
                b"",
            )
        )
        raw[place : place + chance.choice((0, len(put), size))] = put
    return bytes(raw)


def _fuzz_texts(chance: random.Random, until: float) -> int:
    from relhealth.domain.acts import BrandAct, CustomerAct  # noqa: PLC0415
    from relhealth.domain.vocabulary import Party  # noqa: PLC0415
    from relhealth.models.load import load_scorer  # noqa: PLC0415

    detector = load_scorer(None, None).detector
    acts = {Party.BRAND: tuple(BrandAct), Party.CUSTOMER: tuple(CustomerAct)}
    count = 0
    while time.monotonic() < until:
        senders = tuple(chance.choices(tuple(Party), k=chance.randrange(1, 9)))
        lengths = chance.choices((0, 1, 5, 30, 200, 3_000), k=len(senders))
        texts = tuple(["".join(chance.choices(CHARACTERS, k=length)) for length in lengths])
        languages = tuple(chance.choices((None, "en", "de"), k=len(senders)))
        reading = detector.read(texts, senders, languages)
        for position, sender in enumerate(senders):
            reading.spans(position, chance.choice(acts[sender]))
        count += len(texts)
    return count


def _fuzz_judge(chance: random.Random, until: float) -> int:
    sys.path.insert(0, str(TESTS))
    count = 0
    while time.monotonic() < until:
        count += 1
        seed = chance.randrange(2**32)
        try:
            _judge_once(random.Random(seed))
        except BaseException:
            sys.stderr.write(f"the history of seed {seed}\n")
            raise
    return count


def _judge_once(chance: random.Random) -> None:
    """Judges a history with stops and without them, and holds it to the judgement in Python."""
    from properties.odd import SEGMENT, AtRandom, difference, odd_history, sent  # noqa: PLC0415
    from relhealth.scoring.options import ScoreOptions  # noqa: PLC0415
    from relhealth.scoring.scorer import Scorer  # noqa: PLC0415
    from relhealth.wire.encoding import write_score  # noqa: PLC0415

    told = odd_history(chance.randrange(2**32), _odd_texts(chance))
    both = sent(told.items, chance.choice(("", SEGMENT)))
    if both is None:
        raise AssertionError("no request can hold it")
    ours, history = both[0], chance.choice(both)
    limit = chance.choice((None, 0, 1, 3, 50, 1_000))
    early = chance.choice(told.items).sent_us - 1  # of the first message, before anything is known
    as_of_us = chance.choice((told.as_of_us, told.as_of_us, early))
    options = ScoreOptions(as_of_us, None, limit is not None, limit)
    rubric, judge = _rubric_and_judge(chance.randrange(41))
    stops = Stops(chance)
    detector = AtRandom(chance.randrange(2**16), stops)
    scorer = Scorer(rubric, detector, stops, judge)
    expected = Scorer(rubric, detector).score(ours, options)
    stops.how_often = chance.choice((0.0, 0.01, 0.1, 0.5))
    packed = None
    with suppress(Stopped):
        packed = _packed(scorer, history, options)
    if packed is None:
        stops.how_often = 0.0
        packed = _packed(scorer, history, options)
    score = packed.unpacked()
    _look(chance, packed, score, stops)
    stops.how_often = 0.0
    if {write_score(packed), write_score(score)} != {write_score(expected)}:
        raise AssertionError("it is written otherwise")
    if packed.figures() != expected.figures():
        raise AssertionError("it is counted otherwise")
    found = difference(score, expected)
    if found is not None:
        raise AssertionError(found)


def _packed(scorer: Any, history: Any, options: Any) -> Any:  # noqa: ANN401
    known = history.cut(options.as_of_us)
    return scorer.score_or_pack(known, scorer.read(known), options, len(history) - len(known))


def _odd_texts(chance: random.Random) -> list[str]:
    from properties.odd import ODD_LETTERS, ODD_TEXTS  # noqa: PLC0415

    letters = (ODD_LETTERS, CHARACTERS.replace("\udc80", ""), "a ", "x@^\n", "\u4e2d\u0130A1 '")
    texts: list[str] = []
    for _ in range(chance.choice((1, 2, 8, 20, 20, 60))):
        made = "".join(chance.choices(chance.choice(letters), k=chance.choice((1, 7, 40, 900))))
        texts.append(chance.choice((made, chance.choice(ODD_TEXTS), *texts[-2:])))
    return texts


@cache
def _rubric_and_judge(seed: int) -> tuple[Any, Any]:
    from properties.odd import odd_rubric  # noqa: PLC0415
    from relhealth.scoring.compiled import CompiledJudge  # noqa: PLC0415

    rubric = odd_rubric(seed)
    return rubric, CompiledJudge.of(rubric)


def _look(chance: random.Random, packed: Any, score: Any, stops: Stops) -> None:  # noqa: ANN401
    """Writes it and looks at the evidence of any place, again and again, with stops in between."""
    from relhealth.wire.encoding import write_score  # noqa: PLC0415

    stops.how_often = chance.choice((0.0, 0.05, 0.5))
    evidence = [_evidence_of(place) for place in range(len(score.traits))]
    looked = (lambda _: write_score(packed), write_score, repr, *evidence)
    for look in chance.choices(looked, k=chance.randrange(6)):
        with suppress(Stopped):
            look(score)


def _evidence_of(place: int) -> Callable[[Any], object]:
    return lambda score: tuple(score.traits[place].evidence)


if __name__ == "__main__":
    main()
