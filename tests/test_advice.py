"""What the program advises to install can be installed, and is nobody else's."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from motionllm import advice

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("torch", "train", "ray", "preview")
# The project's name where pip would look for it on an index: "motionllm", 'motionllm[torch]'.
BY_NAME = re.compile(r"""(pip3? install|[Ii]nstall)[^\n]*?["' ]motionllm(\[|["'\s]|$)""")


def texts():
    """Every string of the sources that could be printed, and every page."""
    for path in [*ROOT.glob("backend/src/**/*.py"), *ROOT.glob("motionllm_blender/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node.value
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        yield path, path.read_text("utf-8")


def test_nothing_is_installed_by_the_projects_name():
    found = [(path.name, BY_NAME.search(text)[0]) for path, text in texts() if BY_NAME.search(text)]
    assert not found
    assert BY_NAME.search('Install it: pip install "motionllm[ray]", here.')


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_checkout_is_named(extra):
    command = advice.install(extra)
    assert command == f'pip install "{ROOT / "backend"}[{extra}]"'


@pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="no pip here")
def test_pip_takes_the_advice():
    """As far as that goes without a network: the path and the extra are understood."""
    path = advice.install("torch").split('"')[1]
    options = ["--dry-run", "--no-deps", "--no-build-isolation", "--ignore-installed"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, path],
        capture_output=True, text=True, timeout=120, check=False,
        env=dict(os.environ, PIP_NO_INDEX="1"),
    )  # fmt: skip
    assert done.returncode == 0 and "motionllm" in done.stdout, done.stdout + done.stderr
    assert "does not provide the extra" not in done.stdout + done.stderr


def test_inside_blender_the_extensions_wheel_is_named(tmp_path):
    modules = tmp_path / "extensions" / ".local" / "lib" / "site-packages"
    modules.mkdir(parents=True)
    package = modules / "motionllm"
    package.mkdir()
    for name in ("__init__.py", "advice.py"):
        shutil.copy(ROOT / "backend" / "src" / "motionllm" / name, package)
    wheel = tmp_path / "extensions" / "user_default" / "motionllm_blender" / "wheels"
    wheel.mkdir(parents=True)
    wheel = wheel / "motionllm-0.1.0-py3-none-any.whl"
    ask = [sys.executable, "-c", "from motionllm import advice; print(advice.install('torch'))"]
    environment = dict(os.environ, PYTHONPATH=str(modules))
    said = subprocess.run(ask, capture_output=True, text=True, check=True, env=environment).stdout
    assert "of a checkout, or a wheel" in said
    wheel.touch()
    said = subprocess.run(ask, capture_output=True, text=True, check=True, env=environment).stdout
    assert said.strip() == f'pip install "{wheel}[torch]"'
