"""Why a connection failed, in words, and what to do about it. Standard library only."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import urllib.error

CHECK = "Check the connection and pip's settings."
_TRUST = (
    "the certificate that came is not one that this machine trusts",
    "Check the machine's date. If a proxy or a virus scanner of your network puts certificates of "
    "its own in between, ask for its certificate file and name it in SSL_CERT_FILE, or as pip's "
    "setting 'cert'.",
)
_NAMES = (
    "the address of the package index was not found",
    "Is the machine online? Behind a proxy, name it in HTTPS_PROXY or as pip's setting 'proxy'.",
)
_SECURE = (
    "no secure connection came about",
    "If a proxy or a virus scanner stands between, its administrator knows why; pip's settings "
    "'proxy' and 'cert' are used.",
)
_SLOW = ("there was no answer in time", "Try again, or look whether a proxy is needed.")
_REFUSED = (
    "the connection was refused",
    "Check the address of the package index, and the proxy, in pip's settings.",
)
_ENDED = ("the connection ended early", "Try again: what has come is kept.")
_STATUS = {
    401: "the package index wants a name and a password",
    403: "the package index does not allow it",
    404: "the package index does not have it",
    407: "the proxy wants a name and a password",
}


def in_words(error: BaseException) -> tuple[str, str]:
    """Return the reason of a failed connection, to follow a colon, and advice."""
    if isinstance(error, urllib.error.HTTPError):
        what = _STATUS.get(error.code, f"the server answered {error.code} ({error.reason})")
        return what, CHECK
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        return in_words(error.reason)
    kinds = (
        (ssl.SSLCertVerificationError, _TRUST), (ssl.SSLError, _SECURE), (socket.gaierror, _NAMES),
        (TimeoutError, _SLOW), (ConnectionRefusedError, _REFUSED), (ConnectionError, _ENDED),
        (http.client.IncompleteRead, _ENDED),
    )  # fmt: skip
    for kind, words in kinds:
        if isinstance(error, kind):
            return words
    return _told(str(error)) or (str(error).rstrip(".") or type(error).__name__, CHECK)


def in_words_of(lines: list[str]) -> tuple[str, str] | None:
    """Return the reason and advice that lines of pip's stand for; None where they tell no such."""
    return _told("\n".join(lines))


def _told(text: str) -> tuple[str, str] | None:
    """Return what a text of another program means: certificates first, they are the cause."""
    for pattern, words in (
        (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|self.signed certificate", _TRUST),
        (r"SSLError|\bSSL:|ssl\.SSL|TLS handshake", _SECURE),
        (r"getaddrinfo failed|Name or service not known|name resolution|nodename nor", _NAMES),
        (r"\btimed out\b|Timeout", _SLOW),
        (r"refused", _REFUSED),
    ):
        if re.search(pattern, text):
            return words
    return None
