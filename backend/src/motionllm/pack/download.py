"""One large wheel, from where pip is configured to look, a stopped download gone on with. stdlib
only.

The indexes that pip would ask are asked here, in their order and with pip's proxy and
certificates, since pip forgets what it had of a download that was stopped. Where that does not
lead to the file (folders of wheels, indexes that want a password), pip does the whole of it.
"""

from __future__ import annotations

import contextlib
import html
import http.client
import json
import os
import re
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from motionllm.errors import MotionError
from motionllm.pack import pip_settings
from motionllm.pack.connection import in_words
from motionllm.progress import Cancelled, Progress

INDEX_JSON = "application/vnd.pypi.simple.v1+json"  # the form of an index for programs
TIMEOUT = 30  # seconds without a byte
BLOCK = 1 << 18  # bytes read between looks at `cancelled`

FAILURES = (  # of a connection or an index, where the next one or pip may know better
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
    ValueError,
    LookupError,
)


@dataclass(frozen=True)
class Wheel:
    """A file of a package, known beforehand; `title` is what messages call it."""

    title: str
    distribution: str
    version: str
    size: int
    sha256: str


def download_wheel(wheel: Wheel, path: Path, progress: Progress, cancelled: Cancelled) -> None:
    """Fetch a wheel, going on after the bytes that are already in `path`; its hash is not checked.

    Args:
        wheel: what to fetch.
        path: where to; what is there after a failure is kept.
        progress: called with bytes done and bytes in all.
        cancelled: looked at between blocks.

    Raises:
        MotionError: "cancelled"; "missing_dependency" without any pip; "download" if nothing works.
        OSError: `path` cannot be written.
    """
    try:
        _download(wheel, path, progress, cancelled)
    except FAILURES as first:
        _pip_download(wheel, path, progress, cancelled, first)


class _Web:
    """Opens addresses as pip would."""

    def __init__(self, settings: pip_settings.Settings) -> None:
        certificates = os.environ.get("SSL_CERT_FILE") or settings.certificates
        try:
            context = ssl.create_default_context(cafile=certificates or None)
        except OSError as error:
            raise ValueError(f"the certificates in {certificates} cannot be read") from error
        handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
        if settings.proxy:
            proxies = {"http": settings.proxy, "https": settings.proxy}
            handlers.append(urllib.request.ProxyHandler(proxies))
        self._opener = urllib.request.build_opener(*handlers)

    def open(self, address: str, headers: dict[str, str]):
        request = urllib.request.Request(address, headers={"User-Agent": "motionllm", **headers})
        return self._opener.open(request, timeout=TIMEOUT)


def _address(web: _Web, wheel: Wheel, indexes: list[str]) -> str:
    """Return where the first index that has it keeps the wheel."""
    failure: Exception = LookupError("pip names no index that has it")
    for index in indexes:
        page = f"{index.rstrip('/')}/{wheel.distribution}/"
        try:
            with web.open(page, {"Accept": f"{INDEX_JSON}, text/html;q=0.1"}) as answer:
                text, page = answer.read().decode(), answer.url
            if text.lstrip().startswith("{"):
                links = [
                    file["url"]
                    for file in json.loads(text)["files"]
                    if file["hashes"].get("sha256") == wheel.sha256
                ]
            else:
                links = re.findall(rf'href="([^"]+)#sha256={wheel.sha256}"', text)
            if links:
                return urllib.parse.urljoin(page, html.unescape(links[0]))
        except FAILURES as error:
            failure = error
    raise failure


def _download(wheel: Wheel, path: Path, progress: Progress, cancelled: Cancelled) -> None:
    """Fetch the wheel from the first index that has it."""
    done = path.stat().st_size if path.exists() else 0
    if done >= wheel.size:  # complete, or wrong: the hash will tell
        return
    settings = pip_settings.read()
    web = _Web(settings)
    address = _address(web, wheel, settings.indexes)
    with web.open(address, {"Range": f"bytes={done}-"} if done else {}) as answer:
        if done and answer.status != 206:  # the server ignores ranges and sends everything
            done = 0
        with open(path, "ab" if done else "wb") as file:
            while block := answer.read(BLOCK):
                file.write(block)
                done += len(block)
                progress(done, wheel.size)
                if cancelled():
                    raise MotionError("cancelled", "The download was stopped.", "It can go on.")
    if done < wheel.size:
        raise ConnectionError("the connection ended early")


def _pip_download(
    wheel: Wheel, path: Path, progress: Progress, cancelled: Cancelled, first: Exception
) -> None:
    """Let pip fetch the wheel."""
    command, environment = pip_settings.command()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        # pip's own unfinished files lie here too, and tell how far it is.
        environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
        command += ["download", "--no-deps", "--only-binary", ":all:", "--quiet"]
        command += ["--dest", folder, f"{wheel.distribution}=={wheel.version}"]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=environment, creationflags=pip_settings.NO_WINDOW,
        )  # fmt: skip
        while process.poll() is None:
            if cancelled():
                process.kill()
                process.wait()
                raise MotionError("cancelled", "The download was stopped.")
            progress(min(_size_of(folder), wheel.size), wheel.size)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
        found = list(Path(folder).glob("*.whl"))
        if process.returncode or not found:
            why, advice = in_words(first)
            raise MotionError("download", f"{wheel.title} cannot be fetched: {why}.", advice)
        os.replace(found[0], path)


def _size_of(folder: str) -> int:
    """Return the bytes of the files below a folder; those that vanish meanwhile count nothing."""
    total = 0
    for path in Path(folder).rglob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total
