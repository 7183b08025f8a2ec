"""A production that would take another server for Stripe does not start."""

from __future__ import annotations

import pytest

from config import Settings, SettingsError
from tests.unit.test_config import GOOD


@pytest.mark.proves("WE-4")
@pytest.mark.parametrize("process", ["web", "worker"])
def test_production_believes_no_stand_in_of_stripe(process: str) -> None:
    assert Settings.from_env(process, GOOD).stripe_api_base == ""
    with pytest.raises(SettingsError, match="STRIPE_API_BASE"):
        Settings.from_env(process, {**GOOD, "STRIPE_API_BASE": "http://localhost:9000"})


@pytest.mark.proves("WE-4")
@pytest.mark.parametrize("address", ["", "http://console.example"])
def test_the_console_is_spoken_to_in_private_only(address: str) -> None:
    with pytest.raises(SettingsError, match="CONSOLE_URL"):
        Settings.from_env("console", {**GOOD, "CONSOLE_URL": address})
