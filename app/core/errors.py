"""The portal's own errors. A view never catches these one by one: app/web/errors.py turns each into an answer."""

from __future__ import annotations


class PortalError(Exception):
    """Base of every error that the portal raises on purpose."""


class NotFound(PortalError):
    """Missing and forbidden look the same to the person asking."""


class IllegalMove(PortalError):
    """A state change that the transition table does not hold."""

    def __init__(self, entity: str, current: str, wanted: str) -> None:
        super().__init__(f"{entity} can not go from {current} to {wanted}")
        self.entity, self.current, self.wanted = entity, current, wanted


class StaleForm(PortalError):
    """Somebody else saved the same record since the form was opened."""


class Denied(PortalError):
    """The identity lacks a permission that the service asks for."""


class Refused(PortalError):
    """A request that the program's rules refuse. The message is for the person, already translated."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message, self.field = message, field


class TooMany(PortalError):
    """A limit was reached; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"limit reached, retry after {retry_after} s")
        self.retry_after = retry_after
