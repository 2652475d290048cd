"""What the build compiles is there, and is told."""

import ast
from pathlib import Path

import pytest

from relhealth import cli, extensions

ROOT = Path(__file__).parents[1]


def test_the_build_compiled_every_extension_module() -> None:
    assert extensions.missing_extensions() == ()


def test_the_build_and_the_code_name_the_same_extension_modules() -> None:
    tree = ast.parse((ROOT / "hatch_build.py").read_text(encoding="utf-8"))
    (sources,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SOURCES"
    ]
    assert tuple(sources) == extensions.EXTENSIONS
    assert all((ROOT / "service" / source).is_file() for source in sources.values())


@pytest.mark.parametrize(
    ("missing", "told"),
    [((), "(compiled)"), ((extensions.JUDGE,), "(not compiled: relhealth.scoring._judge)")],
)
def test_the_version_tells_what_is_compiled(
    missing: tuple[str, ...],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli, "missing_extensions", lambda: missing)
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.strip().endswith(told)
