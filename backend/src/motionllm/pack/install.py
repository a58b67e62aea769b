"""A model pack, a folder or a zip, into this user's folder, where all of the program looks."""

from __future__ import annotations

import contextlib
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from motionllm.errors import MotionError
from motionllm.pack.folders import cache_dir
from motionllm.pack.pack import Pack, load_pack

MARK = "pack.json"
LARGEST = 4_000_000_000  # bytes of what a zip unpacks to


def install_pack(source: Path, replace: bool = False) -> Pack:
    """Check a pack and copy it into the user's folder of packs, whole or not at all.

    Args:
        source: a pack's folder, its pack.json, or a zip of the folder or of what is in it.
        replace: take the place of a pack of that name.

    Returns:
        The pack as installed, in a folder that bears its folder's name.

    Raises:
        MotionError: "bad_pack" if it is no pack that this program can use, "bad_request" if there
            is one of that name already, "output" if it cannot be copied.
    """
    source = Path(source)
    if source.name == MARK:
        source = source.parent
    parent = cache_dir() / "packs"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=parent) as scratch:
            folder = _gathered(source, Path(scratch))
            _check(folder)
            target = parent / folder.name
            _make_room(target, source, replace)
            folder.rename(target)
    except OSError as error:
        raise MotionError(
            "output", f"The pack cannot be copied into {parent}: {error.strerror or error}.",
            "Make room, or set MOTIONLLM_CACHE to a folder that can be written to.",
        ) from error  # fmt: skip
    return load_pack(target)


def _gathered(source: Path, scratch: Path) -> Path:
    """Copy what may be a pack into a folder of its name below `scratch`, and return that."""
    if source.is_dir():
        if not (source / MARK).is_file():
            raise _no_pack(source)
        return Path(shutil.copytree(source, scratch / source.resolve().name))
    if not source.is_file() or not zipfile.is_zipfile(source):
        raise _no_pack(source)
    try:
        with zipfile.ZipFile(source) as archive:
            return _unpacked(source, archive, scratch)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise MotionError(
            "bad_pack", f"The zip {source.name} cannot be unpacked: {error}.", "Get it again."
        ) from error


def _unpacked(source: Path, archive: zipfile.ZipFile, scratch: Path) -> Path:
    """Unpack the files beside the zip's one pack.json; nothing lands outside of the folder."""
    marks = [
        path for path in map(PurePosixPath, archive.namelist())
        if path.name == MARK and len(path.parts) <= 2
    ]  # fmt: skip
    if len(marks) != 1:
        raise _no_pack(source)
    top = marks[0].parent
    folder = scratch / (top.name or source.stem)
    inside = [
        (entry, PurePosixPath(entry.filename)) for entry in archive.infolist()
        if not entry.is_dir() and top in PurePosixPath(entry.filename).parents
    ]  # fmt: skip
    if sum(entry.file_size for entry, _ in inside) > LARGEST:
        raise MotionError("bad_pack", f"The zip {source.name} is larger than any pack.")
    for entry, path in inside:
        parts = path.relative_to(top).parts
        link = stat.S_ISLNK(entry.external_attr >> 16)
        if link or ".." in parts or path.is_absolute() or any(":" in part for part in parts):
            raise MotionError(
                "bad_pack", f"The zip {source.name} leads out of its own folder ({path}).",
                "Do not use it.",
            )  # fmt: skip
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as read, open(target, "wb") as write:
            shutil.copyfileobj(read, write)
    return folder


def _check(folder: Path) -> None:
    """Open the pack and read the head of each of its files."""
    pack = load_pack(folder)
    for path in sorted(folder.rglob("*.safetensors")):
        pack.tensors(path.relative_to(folder).with_suffix("").as_posix())


def _make_room(target: Path, source: Path, replace: bool) -> None:
    """Take away the pack that is to be replaced."""
    if not target.exists():
        return
    if source.is_dir() and source.resolve() == target.resolve():
        raise MotionError("bad_request", f"The pack {target.name} lies there already.")
    if not replace:
        raise MotionError(
            "bad_request", f"A pack {target.name} is installed already, in {target}.",
            "Say that it is to be replaced, or give the new one's folder another name.",
        )  # fmt: skip
    old = target.with_name(f".old-{target.name}")
    with contextlib.suppress(OSError):
        shutil.rmtree(old)
    target.rename(old)
    shutil.rmtree(old, ignore_errors=True)


def _no_pack(source: Path) -> MotionError:
    return MotionError(
        "bad_pack", f"{source} is no model pack: there is no {MARK} in it.",
        "Choose the folder that 'motionllm train pack' wrote, its pack.json, or a zip of it.",
    )  # fmt: skip
