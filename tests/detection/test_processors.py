"""Every processor gives the same bits: code for wide registers is held to code for none."""

from __future__ import annotations

import subprocess
import sysconfig
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

import relhealth.detection
from programs import program
from relhealth.detection.compiled import load_kernel
from relhealth.detection.detector import ActDetector
from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.vocabulary import Party
from relhealth.models.act_detector import load_weights
from relhealth.models.locate import detector_path

SOURCE = Path(relhealth.detection.__file__).parent / "kernel" / "module.c"
PIECES = (
    "Sorry about that, we'll refund you by Friday! ",
    "my order #12-3456 STILL hasn't arrived ",
    "thanks sooo much.\n",
    "a" * 25 + " ",
    "caf\u00e9 \U0001f600 ",
    "don't ",
    "?! ",
)
PLAIN = ("-O2", "-ffp-contract=off", "-fno-trapping-math", "-DRELHEALTH_ANY_PROCESSOR")


def compiled_for_any(folder: Path) -> ModuleType:
    target = folder / "_kernel.so"
    headers = f"-I{sysconfig.get_paths()['include']}"
    gcc = program("gcc", "gcc")
    command = (gcc, "-shared", "-fPIC", *PLAIN, headers, str(SOURCE), "-o", str(target), "-lm")
    subprocess.run(command, check=True)
    loader = ExtensionFileLoader("for_any._kernel", str(target))
    spec = spec_from_file_location("for_any._kernel", target, loader=loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.skipif(load_kernel() is None, reason="there is nothing compiled to compare")
def test_a_processor_of_which_nothing_is_known_gives_the_same_bits(tmp_path: Path) -> None:
    chance = Random(11)
    texts = tuple(["".join(chance.choices(PIECES, k=chance.randrange(12))) for _ in range(400)])
    senders = tuple(chance.choices(tuple(Party), k=len(texts)))
    weights = load_weights(detector_path(None))
    wide, plain = (
        ActDetector(weights, kernel).read(texts, senders, (None,) * len(texts))
        for kernel in (load_kernel(), compiled_for_any(tmp_path))
    )
    assert wide.flat() == plain.flat()
    assert wide.unread == plain.unread
    assert wide.detected == plain.detected
    for position, sender in enumerate(senders):
        for act in BrandAct if sender is Party.BRAND else CustomerAct:
            assert wide.spans(position, act) == plain.spans(position, act)
