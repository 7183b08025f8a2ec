"""What somebody has answered so far while enrolling: sealed in the browser's cookie, never in a row or an address.

Two cookies, both unreadable to scripts and to the person's browser, sent to `/<court>/enroll` only, and sealed for that
court: the code on its way from the portal's first page (10 minutes), and the answers (45 minutes).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from flask import Response, request

from app.core import clock
from app.core.runtime import runtime
from tenants.resolve import ResolvedCourt

CODE_COOKIE = "enroll-code"
CODE_FOR = timedelta(minutes=10)
ANSWERS_COOKIE = "enroll-answers"
ANSWERS_FOR = timedelta(minutes=45)
PURPOSE = "link-token"


@dataclass(frozen=True)
class Answers:
    """The answers of one person on the way to enroll. Empty text: not answered yet.

    `kind` is email, phone or name; `agreement_sha256` the digest of the text that was read and signed,
    `rules_id` the version of the rules that it and the fee beside it are of.
    """

    code_id: str
    birth_date: str
    kind: str = ""
    email: str = ""
    phone: str = ""
    given_name: str = ""  # the sign-in name that the portal gave, for those with neither email nor phone
    password: str = ""
    language: str = ""
    typed_name: str = ""
    agreement_language: str = ""
    agreement_sha256: str = ""
    rules_id: str = ""
    assisted_by: str = ""  # the clerk who does this with the person at the counter; such an account has no password yet

    @property
    def sign_in_name(self) -> str:
        return {"email": self.email, "phone": self.phone, "name": self.given_name}.get(self.kind, "")

    @property
    def can_sign_in(self) -> bool:
        return bool(self.sign_in_name and (self.password or self.assisted_by))

    @property
    def signed(self) -> bool:
        return bool(self.typed_name and self.agreement_sha256 and self.rules_id)

    @property
    def code_uuid(self) -> UUID:
        return UUID(self.code_id)


def begin(known: Answers | None, code_id: UUID, birth_date: date) -> Answers:
    """Answers for a code that was found; what was answered before for the same code is kept."""
    if known is not None and known.code_id == str(code_id) and not known.assisted_by:
        return replace(known, birth_date=birth_date.isoformat())
    return Answers(code_id=str(code_id), birth_date=birth_date.isoformat())


def read_answers(court: ResolvedCourt) -> Answers | None:
    """What the request's cookie holds; None when there is none, it is too old, altered, or another court's."""
    data = _open(ANSWERS_COOKIE, court)
    if data is None or set(data) != {field.name for field in fields(Answers)}:
        return None
    return Answers(**data)


def keep_answers(response: Response, court: ResolvedCourt, answers: Answers) -> None:
    _set(response, ANSWERS_COOKIE, court, asdict(answers), ANSWERS_FOR)


def read_code(court: ResolvedCourt) -> str:
    """The code that was typed on the portal's first page a moment ago, or nothing."""
    data = _open(CODE_COOKIE, court)
    return str(data.get("code", "")) if data else ""


def carry_code(response: Response, court: ResolvedCourt, code: str) -> None:
    _set(response, CODE_COOKIE, court, {"code": code}, CODE_FOR)


def forget(response: Response, court: ResolvedCourt) -> None:
    for name in (CODE_COOKIE, ANSWERS_COOKIE):
        response.delete_cookie(name, path=_path(court), httponly=True, samesite="Lax", secure=_https())


def _path(court: ResolvedCourt) -> str:
    return f"/{court.slug}/enroll"


def _https() -> bool:
    return runtime().settings.public_url.startswith("https://")


def _bound_to(name: str, court: ResolvedCourt) -> str:
    return f"{name}:{court.id}"


def _set(response: Response, name: str, court: ResolvedCourt, data: dict[str, Any], lasts: timedelta) -> None:
    until = (clock.now() + lasts).isoformat()
    body = json.dumps({"until": until, "data": data}, ensure_ascii=False).encode()
    response.set_cookie(
        name,
        runtime().keyring.seal(PURPOSE, body, bound_to=_bound_to(name, court)),
        max_age=int(lasts.total_seconds()),
        path=_path(court),
        httponly=True,
        samesite="Lax",
        secure=_https(),
    )


def _open(name: str, court: ResolvedCourt) -> dict[str, Any] | None:
    sealed = request.cookies.get(name, "")
    try:
        body = json.loads(runtime().keyring.open(PURPOSE, sealed, bound_to=_bound_to(name, court)))
    except (InvalidTag, KeyError, ValueError):
        return None
    # The browser keeps its own time; ours decides.
    if clock.now() >= datetime.fromisoformat(body["until"]):
        return None
    data: dict[str, Any] = body["data"]
    return data
