"""Steps of bringing in a file, for tests."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.cases.imports import services
from app.cases.imports.columns import Kind, template_headings
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.permissions.identity import Role
from tenants.database import session
from tests.client import Page
from tests.factories import TestCourt, letters

TODAY = datetime(2026, 6, 10, 18, tzinfo=UTC)
HEADINGS = template_headings(Kind.REFERRALS)


def person(number: int, **changes: str) -> dict[str, str]:
    """A sound row; every number is another person."""
    born = date(1970, 1, 1) + timedelta(days=number)
    return {
        "Given names": f"Robin{letters(number)}",
        "Family names": f"Imported{letters(7 * number)}",
        "Birth date": f"{born.month}/{born.day}/{born.year}",
        "Case number": f"26-IM-{number:05d}",
        "Order date": "6/8/2026",
        **changes,
    }


def file_of(rows: list[dict[str, str]], headings: tuple[str, ...] = HEADINGS) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, headings)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def send(
    court: TestCourt, content: bytes, *, kind: str = "referrals", role: Role = Role.CLERK, name: str = "list.csv"
) -> Page:
    form = court.staff_client(role).get(court.url("referrals/import"))
    return form.submit("Send the file", kind=kind, file=(io.BytesIO(content), name))


def work(court: TestCourt) -> list[str]:
    """What the worker does with the jobs of imports that wait."""
    with court.app.app_context(), court.acting():
        waiting = session().scalars(
            select(Outbox.id)
            .where(Outbox.kind == services.BATCH_JOB, Outbox.done_at.is_(None), Outbox.failed_at.is_(None))
            .order_by(Outbox.id)
        )
        done = [run_job(job_id, runtime().registry.jobs) for job_id in list(waiting)]
        print(*session().scalars(select(Outbox.error).where(Outbox.error != "")))  # pytest shows it beside a failure
        return done


def bring_in(court: TestCourt, rows: list[dict[str, str]], **options: Any) -> Page:
    """Send, confirm, work; the page of the finished import."""
    page = send(court, file_of(rows), **options)
    page = page.submit("Refer")
    work(court)
    return page.client.get(page.url)


def count(court: TestCourt, table: type[Any], *where: Any) -> int:
    with court.app.app_context(), court.acting():
        return session().scalar(select(func.count()).select_from(table).where(*where)) or 0


def result_of(page: Page) -> list[dict[str, str]]:
    text = page.client.http.get(page.link("Download the result")).data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))
