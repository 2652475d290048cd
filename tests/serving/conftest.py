from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.running import Service, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One worker, plain text, everything logged."""
    folder: Path = tmp_path_factory.mktemp("service")
    with running(folder, "--log-requests", "all") as started:
        yield started
