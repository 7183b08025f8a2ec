"""Errors in the shape that Stripe gives them."""

from __future__ import annotations

from typing import Any


class StripeProblem(Exception):
    """An answer other than 200. `executed` tells whether the idempotency layer keeps it, as Stripe does."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        executed: bool = False,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.kind, self.executed = kind, executed

    def body(self) -> dict[str, Any]:
        """`{"error": {...}}`; code and param only where Stripe would give them."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = "https://stripe.com/docs/error-codes/" + self.code.replace("_", "-")
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


def missing(what: str, identifier: str, param: str = "id") -> StripeProblem:
    """404, `resource_missing`."""
    return StripeProblem(404, f"No such {what}: '{identifier}'", code="resource_missing", param=param)


def refused(message: str, *, code: str | None = None, param: str | None = None) -> StripeProblem:
    """400 from the operation itself: the parameters were well formed, the state forbids it."""
    return StripeProblem(400, message, code=code, param=param, executed=True)
