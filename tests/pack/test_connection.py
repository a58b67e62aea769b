"""A connection that fails says why in words, and what to do: real failures, on this machine."""

import contextlib
import http.server
import socket
import ssl
import threading
import urllib.request

import pytest

from motionllm.errors import MotionError
from motionllm.pack import backbone
from motionllm.pack.connection import in_words, in_words_of
from motionllm.pack.folders import ENVIRONMENT

# Signed by itself, for nobody.example: no machine trusts it.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVnx9Twi9xMlg9RiE
b202xKvbt7FunnhStJrTdgLpb/qhRANCAAQZ8Ld0EecJTXdcTigCnYCQ0aEGeGzo
CC/hqV+ViRVB9+UeTbLz654qV2CmiKMwNHfckDeWyBKrKYzp7lK+oJV7
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUckHM6RNAZo9M4vMNFXyHjqZXDOMwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwObm9ib2R5LmV4YW1wbGUwIBcNMjYxMTI4MDMxNzEzWhgPMjEy
NjExMDQwMzE3MTNaMBkxFzAVBgNVBAMMDm5vYm9keS5leGFtcGxlMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEGfC3dBHnCU13XE4oAp2AkNGhBnhs6Agv4alflYkV
QfflHk2y8+ueKldgpoijMDR33JA3lsgSqymM6e5SvqCVe6NTMFEwHQYDVR0OBBYE
FL5YIWC6MbHa7Tt8qxVSZki++wT/MB8GA1UdIwQYMBaAFL5YIWC6MbHa7Tt8qxVS
Zki++wT/MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgPaYjwWf3
2mhkObGKUbNmS4EWd13ZGLYIdibWkdv/p5MCIQCwZYx943DpPgntdYeF4cInvcoe
Wcba+aALLfFNfZHVoA==
-----END CERTIFICATE-----
"""


@contextlib.contextmanager
def serving(certificate=None):
    class Refusing(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            """Keep quiet."""

        def do_GET(self):  # noqa: N802
            self.send_error(407)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        server.handle_error = lambda *_: None  # a handshake that is broken off
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def failure(address):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(OSError) as caught:
        opener.open(address, timeout=5)
    return caught.value


@pytest.fixture
def certificate(tmp_path):
    path = tmp_path / "certificate.pem"
    path.write_text(CERTIFICATE)
    return path


def test_reasons(certificate):
    with serving(certificate) as port:
        what, advice = in_words(failure(f"https://127.0.0.1:{port}/"))
    assert "certificate" in what and "SSL_CERT_FILE" in advice
    with serving() as port:
        what, advice = in_words(failure(f"https://127.0.0.1:{port}/"))
        assert "secure connection" in what and "proxy" in advice
        what, _ = in_words(failure(f"http://127.0.0.1:{port}/"))
        assert "name and a password" in what
    what, advice = in_words(failure(f"http://127.0.0.1:{port}/"))  # nobody is there any more
    assert "refused" in what and "pip's settings" in advice
    with pytest.raises(OSError) as caught:
        socket.getaddrinfo("nowhere.invalid", 443)
    assert "not found" in in_words(caught.value)[0]
    assert "in time" in in_words(TimeoutError())[0]
    assert in_words(LookupError("pip names no index that has it"))[0].startswith("pip names")


def test_what_pip_says():
    line = (
        "ERROR: Could not fetch URL: There was a problem confirming the ssl certificate: "
        "(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))) - "
        "skipping"
    )
    assert "trusts" in in_words_of(["Looking", line, "ERROR: No matching distribution"])[0]
    assert in_words_of(["ERROR: No matching distribution found for torch"]) is None


def test_the_fetch_says_it(certificate, tmp_path, monkeypatch):
    """With no other place to turn to."""
    monkeypatch.setenv("MOTIONLLM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "0")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_PROXY", "PIP_CERT", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    with serving(certificate) as port:
        monkeypatch.setenv("PIP_INDEX_URL", f"https://127.0.0.1:{port}/simple")
        with pytest.raises(MotionError) as caught:
            backbone.fetch_backbone()
    assert caught.value.code == "download" and "urlopen" not in str(caught.value)
    assert "certificate" in caught.value.message and "SSL_CERT_FILE" in caught.value.hint
