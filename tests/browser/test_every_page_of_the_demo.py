"""Every page as each role that may see it, in both languages and at every width, over the demo's own data."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from app.permissions.identity import Role
from tests.pages.demo import running_demo
from tests.pages.exempt import NO_PAGES, NOT_IN_THE_DEMO, PARTS
from tests.pages.finding import LANGUAGES, WIDTHS, Found, find
from tests.pages.site import ROLES
from tests.pages.visiting import visit_all

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    with running_demo(tmp_path_factory.mktemp("pages")) as site:
        yield find(site, each_role=True)


def test_no_route_is_left_out(found: Found) -> None:
    unreached = {name: told for name, told in found.unreached().items() if name not in NO_PAGES | NOT_IN_THE_DEMO}
    assert not unreached, "\n".join(f"{name}: {told}" for name, told in unreached.items())


@pytest.mark.proves("CD-1", "WE-5")
@pytest.mark.parametrize("role", [*ROLES, Role.NOBODY, Role.OPERATOR])
def test_every_page_of_a_role_in_every_language_at_every_width(found: Found, browser: Browser, role: Role) -> None:
    stops = [stop for stop in found.stops if stop.role is role and stop.endpoint not in PARTS]
    languages = ("en",) if role is Role.OPERATOR else LANGUAGES
    assert stops
    faults = visit_all(browser, list(itertools.product(stops, languages, WIDTHS)))
    assert not faults, "\n".join(faults)
