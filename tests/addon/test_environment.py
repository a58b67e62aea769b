"""Setting up the GPU engine: with pip itself, from stand-in wheels, without a network.

The machine is one without a GPU, under Linux, where the choice of a build matters most.
"""

import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from motionllm.errors import MotionError
from motionllm_blender.work import gpu_environment, thread

PACKAGES = ("torch", "transformers", "peft", "safetensors", "gguf", "numpy")


def write_wheel(folder: Path, name: str, version: str, code: str, requires=()) -> Path:
    """Write a wheel of one module."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    needed = "".join(f"Requires-Dist: {line}\n" for line in requires)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", code)
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            f"Provides-Extra: torch\n{needed}",
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """The engine's wheel; pip knows of nothing but the stand-ins beside it."""
    monkeypatch.setattr(gpu_environment, "has_gpu", lambda: False)
    monkeypatch.setattr(gpu_environment.platform, "system", lambda: "Linux")
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    requires = [f'{name}; extra == "torch"' for name in PACKAGES]
    return write_wheel(shelf, "motionllm", "0.1.0", "", requires)


def write_torch(folder: Path, version: str) -> None:
    code = "class cuda:\n    is_available = staticmethod(lambda: False)\n"
    write_wheel(folder, "torch", version, f"{code}__version__ = {version!r}\n")


def fill_shelf(wheel: Path) -> None:
    """Put every package on the shelf, torch as on the common index: for CUDA."""
    for name in PACKAGES:
        write_wheel(wheel.parent, name, "9.9", "")
    write_torch(wheel.parent, "9.9")


def set_up(folder, wheel, cancelled=lambda: False, index=""):
    stages = []
    result = gpu_environment.set_up(
        folder, wheel, lambda stage, done, total: stages.append((stage, done, total)), cancelled,
        index,
    )  # fmt: skip
    return result, stages


def test_from_a_half_made_environment_through_a_failure_to_a_ready_one(wheel, tmp_path):
    folder = tmp_path / "engine"
    assert gpu_environment.state(folder) == "missing"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text("broken")
    (folder / gpu_environment.INCOMPLETE).touch()
    with pytest.raises(MotionError) as caught:
        set_up(folder, wheel)
    assert caught.value.code == "download" and "torch" in caught.value.message
    assert gpu_environment.state(folder) == "incomplete"
    fill_shelf(wheel)
    with pytest.raises(MotionError, match="no CPU build") as caught:
        set_up(folder, wheel)
    assert "3.5 GB" in caught.value.message and "package index" in caught.value.hint
    assert gpu_environment.state(folder) == "incomplete"
    besides = tmp_path / "cpu"  # what the user names in the preferences
    besides.mkdir()
    write_torch(besides, "9.8+cpu")
    result, stages = set_up(folder, wheel, index=str(besides))
    assert result == "PyTorch 9.8+cpu CPU"
    assert gpu_environment.state(folder, wheel) == "ready"
    other = wheel.with_name("other.whl")
    other.write_bytes(b"another version")
    assert gpu_environment.state(folder, other) == "outdated"
    done = [step for _, step, _ in stages]
    assert done == sorted(done) and all(total == gpu_environment.STEPS for _, _, total in stages)


def test_other_peoples_files_are_left_alone(wheel, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")
    with pytest.raises(MotionError, match="holds other files"):
        set_up(folder, wheel)
    assert (folder / "thesis.txt").read_text() == "precious"
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_a_folder_that_cannot_be_written(wheel, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MotionError, match="cannot be written"):
        set_up(tmp_path / "file" / "below", wheel)


def test_a_python_without_venv(wheel, tmp_path):
    with pytest.raises(MotionError):
        gpu_environment.set_up(
            tmp_path / "engine", wheel, lambda *_: None, lambda: False, base="/no/such/python"
        )


def test_cancel(wheel, tmp_path):
    began = time.monotonic()
    with pytest.raises(MotionError) as caught:
        set_up(tmp_path / "engine", wheel, cancelled=lambda: True)
    assert caught.value.code == "cancelled"
    assert time.monotonic() - began < 10
    assert gpu_environment.state(tmp_path / "engine") == "incomplete"


LISTED = "torch (2.15.0) Available versions: 2.15.0, 2.14.1+cpu, 2.13.0+cu126, 2.13.0+cpu, 2.3.0"


@pytest.mark.parametrize(
    "system, gpu, versions, requirement",
    [
        ("Linux", False, LISTED, "torch==2.14.1+cpu"),
        ("Linux", True, LISTED, "torch==2.13.0+cu126"),
        ("Linux", True, "2.15.0, 2.13.0+cpu", "torch>=2.4"),
        ("Windows", False, "2.15.0, 2.14.0", "torch>=2.4"),
        ("Darwin", False, "2.15.0, 2.14.0", "torch>=2.4"),
        ("Linux", False, "2.15.0, 2.3.1+cpu", None),
    ],
)
def test_the_build_that_fits_the_machine_is_chosen(monkeypatch, system, gpu, versions, requirement):
    monkeypatch.setattr(gpu_environment.platform, "system", lambda: system)
    monkeypatch.setattr(gpu_environment, "has_gpu", lambda: gpu)
    if requirement is None:
        with pytest.raises(MotionError, match="no CPU build"):
            gpu_environment.choose_torch(versions)
    else:
        assert gpu_environment.choose_torch(versions) == requirement


def test_the_size_is_told_before(monkeypatch):
    monkeypatch.setattr(gpu_environment.platform, "system", lambda: "Windows")
    for gpu, index, size in ((False, "", "400 MB"), (True, "", "400 MB"), (True, "x", "3.5 GB")):
        monkeypatch.setattr(gpu_environment, "has_gpu", lambda gpu=gpu: gpu)
        assert size in gpu_environment.size_text(index)


def wait(task):
    events, deadline = [], time.monotonic() + 10
    while not events or events[-1].kind == "progress":
        events += task.poll()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return events


def test_tasks():
    def work(progress, _cancelled):
        progress("half", 1, 2)
        return threading.current_thread() is not threading.main_thread()

    events = wait(thread.ThreadTask(work))
    assert [event.kind for event in events] == ["progress", "result"]
    assert events[-1].result is True


def test_tasks_that_fail_or_are_cancelled(capsys):
    def fail(*_):
        raise OSError("no space")

    assert "no space" in wait(thread.ThreadTask(fail))[-1].error.message
    assert "no space" in capsys.readouterr().err

    def endless(_progress, cancelled):
        while not cancelled():
            time.sleep(0.01)
        raise MotionError("cancelled", "Stopped.")

    task = thread.ThreadTask(endless)
    assert task.poll() == []
    task.cancel()
    assert wait(task)[-1].error.code == "cancelled"


def test_the_addon_imports_without_blender():
    import motionllm_blender

    assert callable(motionllm_blender.register)
    assert "bpy" not in sys.modules
