"""The wheel and the zips: complete, the same bytes twice, one version, accepted by Blender."""

import re
import subprocess
import sys
import tomllib
import zipfile

import build_extension
import pytest
from environments import ROOT

wheel_backend = build_extension.wheel_backend


@pytest.fixture(scope="module")
def lite(tmp_path_factory):
    """Return the lite zip, built once."""
    return build_extension.build(None, tmp_path_factory.mktemp("dist")).lite


def test_the_wheel_is_the_same_twice(tmp_path):
    first = tmp_path / "a" / wheel_backend.build_wheel(tmp_path / "a")
    second = tmp_path / "b" / wheel_backend.build_wheel(tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


def test_the_wheel_holds_every_source_file_and_its_record(tmp_path):
    with zipfile.ZipFile(tmp_path / wheel_backend.build_wheel(tmp_path)) as wheel:
        names = set(wheel.namelist())
        record = next(name for name in names if name.endswith("/RECORD"))
        listed = {line.split(",")[0] for line in wheel.read(record).decode().splitlines()}
    source = ROOT / "backend" / "src"
    for path in (source / "motionllm").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(source).as_posix() in names
    assert listed == names


def test_one_version_everywhere():
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
    source = (ROOT / "backend/src/motionllm/__init__.py").read_text()
    changelog = (ROOT / "CHANGELOG.md").read_text()
    version = manifest["version"]
    assert wheel_backend.project()["version"] == version
    assert re.search(r'__version__ = "(.+)"', source).group(1) == version
    assert f"## {version}" in changelog


def test_the_lite_zip_is_the_same_twice(lite, tmp_path):
    again = build_extension.build(None, tmp_path).lite
    assert lite.read_bytes() == again.read_bytes()


def test_the_lite_zip_is_complete(lite):
    with zipfile.ZipFile(lite) as archive:
        names = archive.namelist()
    assert names == sorted(names)
    for name in ("blender_manifest.toml", "__init__.py", "LICENSE", "data/packs/default/pack.json"):
        assert name in names
    assert f"wheels/{wheel_backend.wheel_name()}" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".gguf")]


def test_blender_builds_the_same_list(lite, tmp_path):
    tool = build_extension.blender_tool()
    if tool is None:
        pytest.skip("no environment with bpy here yet")
    with zipfile.ZipFile(lite) as archive:
        archive.extractall(tmp_path / "source")
        ours = set(archive.namelist())
    (tmp_path / "out").mkdir()
    command = [sys.executable, str(tool), "build", "--source-dir", str(tmp_path / "source")]
    subprocess.run([*command, "--output-dir", str(tmp_path / "out")], check=True, timeout=120)
    (theirs,) = (tmp_path / "out").glob("*.zip")
    with zipfile.ZipFile(theirs) as archive:
        assert set(archive.namelist()) == ours


def test_what_blender_lets_pass_is_refused():
    entries = {"__init__.py": b""}
    manifest = {
        "version": "0.0.0",
        "wheels": ["./wheels/none.whl"],
        "license": ["GPL-3.0-or-later"],
        "tags": ["Nonsense"],
    }
    problems = "\n".join(build_extension.check(manifest, entries))
    for word in ("not one version", "none.whl", "SPDX", "Nonsense", "pack.json"):
        assert word in problems
