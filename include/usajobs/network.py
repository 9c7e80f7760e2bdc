"""Explains why a connection failed, in words that quote neither a URL nor a login.

The texts of such errors may contain both: that of a proxy with a password, for example.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Callable, Iterator

from requests import exceptions as requests_errors
from urllib3 import exceptions as urllib3_errors

# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
CERTIFICATE_PROBLEMS = {
    9: "is not valid yet: is this machine's clock right?",
    10: "has expired: is this machine's clock right?",
    18: "is signed by itself, and not by an authority that this machine trusts",
    19: "is signed by an authority that this machine doesn't trust",
    20: "is signed by an authority that this machine doesn't trust",
    21: "can't be verified, because intermediate certificates are missing",
    62: "belongs to another host",
    64: "belongs to another address",
}
UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}
MISSING_CERTIFICATE = "Could not find the TLS"
MISSING_AUTHORITIES = "Could not find a suitable TLS CA certificate bundle"


def explain(error: BaseException) -> str:
    """Return why a connection failed, as the rest of a sentence: "the name can't be resolved"."""
    chain = list(_chain(error))
    through_proxy = any(
        isinstance(each, requests_errors.ProxyError | urllib3_errors.ProxyError) for each in chain
    )
    for each in reversed(chain):
        if reason := _reason(each):
            return f"the proxy can't be used: {reason}" if through_proxy else reason
    return "the proxy can't be used" if through_proxy else f"the request failed ({_name(error)})"


def is_about_a_certificate(error: BaseException) -> bool:
    """Return whether the server's certificate was refused."""
    is_named = "certificate" in str(error).casefold()
    return is_named or any(isinstance(e, ssl.SSLCertVerificationError) for e in _chain(error))


def _reason(error: BaseException) -> str | None:
    for kinds, explanation in REASONS:
        if isinstance(error, kinds) and (reason := explanation(error)):
            return reason
    return None


def _certificate(error: BaseException) -> str:
    code = getattr(error, "verify_code", None)
    problem = CERTIFICATE_PROBLEMS.get(code or 0, f"can't be verified (OpenSSL's code {code})")
    return f"the server's certificate {problem}"


def _tls(error: BaseException) -> str | None:
    reason = getattr(error, "reason", None)
    if isinstance(reason, str):
        return f"the server and this machine agree on no secure connection ({reason})"
    return None


def _tls_of_requests(error: BaseException) -> str | None:
    is_named = "certificate" in str(error).casefold()
    return "the server's certificate can't be verified" if is_named else None


def _os_error(error: BaseException) -> str | None:
    text = str(error)
    if found := re.search(r"Tunnel connection failed: (\d{3})", text):
        needs = ", a login is missing or wrong" if found[1] == "407" else ""
        return f"it answered with status {found[1]}{needs}"
    if text.startswith(MISSING_AUTHORITIES):
        return (
            "the file of certificate authorities that REQUESTS_CA_BUNDLE or the connection's "
            "extra names is missing"
        )
    if text.startswith(MISSING_CERTIFICATE):
        return "the certificate or key that the connection's extra names is missing"
    if isinstance(error, OSError) and error.errno in UNREACHABLE:
        return "there is no route to the server"
    return None


def _schema(error: BaseException) -> str:
    if "SOCKS" in str(error):
        return "a SOCKS proxy is set, which needs the package PySocks"
    return "the address begins with neither https:// nor http://"


def _value(error: BaseException) -> str | None:
    return "the SOCKS proxy is of an unknown kind" if "SOCKS version" in str(error) else None


REASONS: list[
    tuple[type[BaseException] | tuple[type[BaseException], ...], Callable[..., str | None]]
] = [
    (ssl.SSLCertVerificationError, _certificate),
    (ssl.SSLError, _tls),
    (
        (socket.gaierror, urllib3_errors.NameResolutionError),
        lambda _: "its name can't be resolved (DNS)",
    ),
    (ConnectionRefusedError, lambda _: "the connection was refused"),
    (
        (ConnectionResetError, BrokenPipeError, urllib3_errors.ProtocolError),
        lambda _: "the connection was cut off",
    ),
    (
        (requests_errors.ConnectTimeout, urllib3_errors.ConnectTimeoutError),
        lambda _: "there was no connection in time",
    ),
    (
        (TimeoutError, requests_errors.Timeout, urllib3_errors.ReadTimeoutError),
        lambda _: "there was no answer in time",
    ),
    (requests_errors.SSLError, _tls_of_requests),
    (OSError, _os_error),
    (requests_errors.InvalidSchema, _schema),
    (ValueError, _value),
    (
        requests_errors.InvalidHeader,
        lambda _: "a header that the connection's extra sets is not valid",
    ),
    (
        (
            requests_errors.InvalidURL,
            requests_errors.MissingSchema,
            urllib3_errors.LocationParseError,
        ),
        lambda _: "the address, or that of the proxy, is not valid",
    ),
    (
        (requests_errors.ContentDecodingError, urllib3_errors.DecodeError),
        lambda _: "the response is not compressed as it says",
    ),
]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all those that led to it, the first cause last."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        linked = (getattr(each, name, None) for name in ("reason", "original_error", "__cause__"))
        waiting += [*each.args, *linked, each.__context__]


def _name(error: BaseException) -> str:
    return type(error).__name__
