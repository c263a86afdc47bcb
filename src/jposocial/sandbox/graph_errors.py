"""How Graph words its refusals: HTTP status, code and message.

https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NoReturn

from jposocial.sandbox.exchange import Answer, json_answer
from jposocial.sandbox.exchange import refuse as raise_refusal

#: HTTP status, type and message of the codes that a fault asks for by status alone.
_BY_STATUS: Mapping[int, tuple[int, str]] = {
    400: (100, "Invalid parameter"),
    401: (190, "Invalid OAuth access token."),
    403: (200, "Permissions error"),
    404: (803, "(#803) Some of the aliases you requested do not exist"),
    429: (32, "Page request limit reached"),
    503: (2, "Service temporarily unavailable"),
}
#: Code → the HTTP status that it comes with, and its words
#: (https://developers.facebook.com/docs/graph-api/guides/error-handling).
_BY_CODE: Mapping[str, tuple[int, str]] = {
    "1": (500, "An unknown error occurred"),
    "2": (503, "Service temporarily unavailable"),
    "4": (403, "(#4) Application request limit reached"),
    "10": (403, "(#10) Application does not have permission for this action"),
    "17": (400, "(#17) User request limit reached"),
    "32": (403, "(#32) Page request limit reached"),
    "100": (400, "(#100) Invalid parameter"),
    "190": (401, "Error validating access token: the session has been invalidated."),
    "200": (403, "(#200) Permissions error"),
    "341": (400, "(#341) Feed action request limit reached"),
    "368": (400, "(#368) The action attempted has been deemed abusive or is otherwise disallowed"),
    "506": (400, "(#506) Duplicate status message"),
    "613": (400, "(#613) Calls to this api have exceeded the rate limit."),
    "80001": (400, "(#80001) There have been too many calls to this Page account."),
}


def missing(node: str) -> NoReturn:
    about = "does not exist, cannot be loaded due to missing permissions, or does not support"
    message = f"Unsupported request. Object with ID '{node}' {about} this operation."
    raise_refusal(error(400, 100, message, subcode=33, kind="GraphMethodException"))


def of_status(status: int) -> Answer:
    """An error that is asked for by its status alone."""
    usual = (100, "Invalid parameter") if 400 <= status < 500 else (1, "An unknown error occurred")
    code, message = _BY_STATUS.get(status, usual)
    return error(status, code, message)


def coded(reason: str, status: int) -> Answer:
    """What Graph says with that code; a status of 0 is Graph's own. Raises ValueError."""
    if reason not in _BY_CODE:
        raise ValueError(f"reason: {reason!r} is none of {', '.join(_BY_CODE)}")
    usual, message = _BY_CODE[reason]
    return error(status or usual, int(reason), message)


def refuse(status: int, code: int, message: str) -> NoReturn:
    raise_refusal(error(status, code, message))


def error(
    status: int,
    code: int,
    message: str,
    *,
    subcode: int | None = None,
    kind: str = "OAuthException",
) -> Answer:
    trace = hashlib.sha256(f"{status} {message}".encode()).hexdigest()[:22]
    error: dict[str, Any] = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    error |= {"is_transient": code in (1, 2, 4, 17, 32, 341, 613), "fbtrace_id": f"A{trace}"}
    return json_answer(status, {"error": error})
