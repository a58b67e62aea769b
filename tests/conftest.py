"""Which tests run where, and what every child process is told.

Three rings, each in an environment of its own (install/test.py makes them):
numpy: neither torch nor Blender; torch: files that import it; blender: tests/blender, under bpy.
Run by hand, pytest collects what the environment can run.
"""

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BLENDER = ROOT / "tests" / "blender"
TORCH_RING = "torch|transformers|peft|ray|pycocoevalcap"  # what its environment has alone
TORCH_IMPORT = re.compile(
    rf"""^\s*(import|from)\s+({TORCH_RING})\b|importorskip\(\s*["']({TORCH_RING})["']""",
    re.MULTILINE,
)
RING = os.environ.get("MOTIONLLM_RING", "")
sys.path.append(str(ROOT))  # tests.helpers, for the ring that empties pytest's own pythonpath too

# No test may reach for a model hub; the command line and the server, started as child
# processes, take the sources of this tree. Under Blender the installed extension counts instead.
os.environ["HF_HUB_OFFLINE"] = "1"
if RING == "torch":
    # The threads of torch and of numpy's OpenBLAS wait for each other busily: on two cores one
    # thread takes a quarter of the work that two take.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
if RING != "blender":
    sources = str(ROOT / "backend" / "src")
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join([sources, *filter(None, known)])


def pytest_ignore_collect(collection_path):
    """Leave out what belongs to another ring."""
    path = Path(collection_path)
    if path.is_dir():
        return True if path == BLENDER and not _in_ring("blender", "bpy") else None
    if path.suffix != ".py" or not path.name.startswith("test_") or BLENDER in path.parents:
        return None
    needs_torch = bool(TORCH_IMPORT.search(path.read_text(encoding="utf-8")))
    if RING == "numpy":
        return True if needs_torch else None
    if RING == "torch":
        return None if needs_torch else True
    return True if needs_torch and not _has("torch") else None


def _in_ring(ring, module):
    return ring == RING or (not RING and _has(module))


def _has(module):
    return importlib.util.find_spec(module) is not None


# What several rooms share. motionllm is imported late: under Blender it is not there yet.
@pytest.fixture(scope="session")
def backbone_path():
    """The real backbone; fetched once into the user's cache where it is missing."""
    from motionllm.errors import MotionError
    from motionllm.pack.backbone import fetch_backbone, find_backbone

    try:
        return find_backbone()
    except MotionError:
        return fetch_backbone()


@pytest.fixture(scope="session")
def random_pack(tmp_path_factory):
    """The folder of a pack of random weights."""
    from tests.helpers.packs import make_random_pack

    return make_random_pack(tmp_path_factory.mktemp("packs") / "random", seed=1)


@pytest.fixture
def make_client(tmp_path):
    """Return a function that makes clients; all are closed, and their processes gone, after."""
    from motionllm.link.client import Client
    from tests.helpers.servers import SCRIPTED, SOURCE, gone

    clients, pids = [], set()

    class Watched(Client):
        def _on_data(self, session, data):
            pids.add(session.process.pid)
            super()._on_data(session, data)

    def make(command=None, **options):
        command = command or [sys.executable, "-s", "-u", SCRIPTED]
        options.setdefault("env", {"PYTHONPATH": SOURCE})
        client = Watched(command, log_path=tmp_path / "logs" / "engine.log", **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()
    assert all(gone(pid) for pid in pids if pid)
