"""Build the motionllm wheel: a PEP 517 and PEP 660 backend of its own. Standard library only.

pip calls it for `pip install ./backend`, install/build_extension.py calls it directly. Files are
sorted and carry one fixed date, so that equal sources give an equal wheel.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "src"
PACKAGE = "motionllm"
TAG = "py3-none-any"
DATE = (2020, 1, 1, 0, 0, 0)  # a zip cannot hold a date before 1980


def build_wheel(
    wheel_directory: str,
    config_settings: dict | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Write the wheel into `wheel_directory` and return its file name."""
    del config_settings, metadata_directory  # what PEP 517 passes; nothing here depends on it
    files = {
        path.relative_to(SOURCE).as_posix(): path.read_bytes()
        for path in sorted((SOURCE / PACKAGE).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    return _write_wheel(Path(wheel_directory), files)


def build_editable(
    wheel_directory: str,
    config_settings: dict | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Write a wheel that only points at the source folder and return its file name."""
    del config_settings, metadata_directory
    return _write_wheel(Path(wheel_directory), {f"{PACKAGE}.pth": f"{SOURCE}\n".encode()})


def build_sdist(sdist_directory: str, config_settings: dict | None = None) -> str:
    """Refuse: the sources are the repository."""
    raise NotImplementedError("motionllm is built from its repository, not from a source archive")


def project() -> dict:
    """Return the [project] table of pyproject.toml."""
    return tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def wheel_name() -> str:
    """Return the wheel's file name."""
    return f"{PACKAGE}-{project()['version']}-{TAG}.whl"


def _metadata(table: dict) -> str:
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {table['name']}",
        f"Version: {table['version']}",
        f"Summary: {table['description']}",
        f"License: {table['license']}",
        f"Requires-Python: {table['requires-python']}",
    ]
    lines += [f"Requires-Dist: {name}" for name in table["dependencies"]]
    for extra, names in table["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {name} ; extra == '{extra}'" for name in names]
    return "\n".join(lines) + "\n"


def _write_wheel(folder: Path, files: dict[str, bytes]) -> str:
    table = project()
    info = f"{PACKAGE}-{table['version']}.dist-info"
    scripts = "".join(f"{name} = {target}\n" for name, target in table["scripts"].items())
    wheel = f"Wheel-Version: 1.0\nGenerator: wheel_backend\nRoot-Is-Purelib: true\nTag: {TAG}\n"
    entries = dict(files)
    entries[f"{info}/METADATA"] = _metadata(table).encode()
    entries[f"{info}/WHEEL"] = wheel.encode()
    entries[f"{info}/entry_points.txt"] = f"[console_scripts]\n{scripts}".encode()
    licence = HERE.parent / "LICENSE"
    if licence.is_file():
        entries[f"{info}/LICENSE"] = licence.read_bytes()
    record = f"{info}/RECORD"
    rows = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in entries.items()]
    entries[record] = ("\n".join([*rows, f"{record},,"]) + "\n").encode()

    folder.mkdir(parents=True, exist_ok=True)
    name = wheel_name()
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in entries.items():
            entry = zipfile.ZipInfo(path, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)
    return name


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
