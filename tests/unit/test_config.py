"""Production refuses to start half-configured, naming everything that is wrong at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import KNOWN_DEFAULTS, NEEDS, Settings, SettingsError

GOOD = {
    "PORTAL_ENV": "production",
    "DATABASE_URL": "postgresql+psycopg://portal_app:x@db/portal",
    "DATABASE_OWNER_URL": "postgresql+psycopg://portal_owner:x@db/portal",
    "DATABASE_PLATFORM_URL": "postgresql+psycopg://portal_platform:x@db/portal",
    "DATABASE_DISPATCH_URL": "postgresql+psycopg://portal_dispatch:x@db/portal",
    "REDIS_URL": "rediss://redis/0",
    "SECRET_KEY": "4f1d8c0f6b8e4f0e9d2a7c3b5a6e1f0d",
    "KEYRING_FILE": "/etc/portal/keyring.json",
    "PUBLIC_URL": "https://portal.example",
    "CONSOLE_URL": "https://console.example",
    "STRIPE_SECRET_KEY": "sk_live_abc",
    "STRIPE_WEBHOOK_SECRET": "whsec_abc",
    "MAIL_URL": "smtp://mail.example",
    "STORAGE_URL": "file:///srv/portal",
    "SIGNING_KEY_FILE": "/etc/portal/key.pem",
    "SIGNING_CERT_FILE": "/etc/portal/cert.pem",
}
FAULTS = {
    "a known default": ({"SECRET_KEY": "insecure-demo-key"}, "SECRET_KEY is a default"),
    "a short secret": ({"SECRET_KEY": "x" * 31}, "SECRET_KEY is a default or shorter"),
    "debug": ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG must be off"),
    "debug in words": ({"FLASK_DEBUG": "true"}, "FLASK_DEBUG must be off"),
    "no https": ({"PUBLIC_URL": "http://portal.example"}, "PUBLIC_URL must begin with https://"),
    "a moved clock": ({"CLOCK_FILE": "/srv/clock"}, "CLOCK_FILE"),
    "the demo's Stripe key": ({"STRIPE_SECRET_KEY": "sk_test_demo"}, "STRIPE_SECRET_KEY is a default"),
    "a test key of Stripe": ({"STRIPE_SECRET_KEY": "sk_test_51Habc"}, "STRIPE_SECRET_KEY is a test key"),
    "the demo's webhook secret": (
        {"STRIPE_WEBHOOK_SECRET": "whsec_a,whsec_demo"},
        "STRIPE_WEBHOOK_SECRET is a default",
    ),
    "proxies in words": ({"TRUSTED_PROXIES": "two"}, "TRUSTED_PROXIES must be a number"),
}


@pytest.mark.proves("WE-4")
@pytest.mark.parametrize("process", NEEDS)
def test_production_starts_with_all_that_the_process_needs(process: str):
    settings = Settings.from_env(process, GOOD)
    assert settings.production
    assert settings.clock_file is None


@pytest.mark.proves("WE-4")
@pytest.mark.parametrize(("process", "name"), [(process, name) for process, names in NEEDS.items() for name in names])
def test_production_refuses_without_any_one_of_them(process: str, name: str):
    for absent in ({k: v for k, v in GOOD.items() if k != name}, {**GOOD, name: ""}):
        with pytest.raises(SettingsError, match=name):
            Settings.from_env(process, absent)


@pytest.mark.proves("WE-4")
@pytest.mark.parametrize("what", FAULTS)
def test_production_refuses(what: str):
    change, words = FAULTS[what]
    with pytest.raises(SettingsError, match=words):
        Settings.from_env("web", {**GOOD, **change})


@pytest.mark.proves("WE-4")
def test_everything_wrong_is_named_at_once():
    wrong = {
        "PORTAL_ENV": "production",
        "SECRET_KEY": "dev",
        "FLASK_DEBUG": "1",
        "PUBLIC_URL": "http://x",
        "CLOCK_FILE": "/x",
    }
    with pytest.raises(SettingsError) as refused:
        Settings.from_env("web", wrong)
    named = str(refused.value)
    missing = set(NEEDS["web"]) - set(wrong)
    assert all(name in named for name in (*missing, "SECRET_KEY", "FLASK_DEBUG", "PUBLIC_URL", "CLOCK_FILE")), named
    assert "dev" not in named.replace("FLASK_DEBUG", ""), "a secret is not repeated"


@pytest.mark.proves("WE-4")
@given(text=st.sampled_from([*KNOWN_DEFAULTS, "", "short"]) | st.text(max_size=31))
def test_no_guessable_secret_starts_production(text: str):
    with pytest.raises(SettingsError):
        Settings.from_env("web", {**GOOD, "SECRET_KEY": text})


def test_an_unknown_environment_is_refused_and_the_choices_named():
    with pytest.raises(SettingsError, match="demo, test, production"):
        Settings.from_env("web", {"PORTAL_ENV": "prod"})


def test_outside_production_the_embedded_ones_stand_in():
    settings = Settings.from_env("web", {"PORTAL_ENV": "demo", "DATABASE_URL": "postgresql://own"})
    assert settings.database_url == "postgresql://own"
    assert settings.storage_url.startswith("file://")
    assert settings.stripe_webhook_secrets == ("whsec_demo",)


def test_two_webhook_secrets_during_a_change_of_secret():
    settings = Settings.from_env("web", {**GOOD, "STRIPE_WEBHOOK_SECRET": "whsec_new,whsec_old"})
    assert settings.stripe_webhook_secrets == ("whsec_new", "whsec_old")


def test_settings_can_not_be_changed_afterwards():
    with pytest.raises(AttributeError):
        Settings.from_env("web", GOOD).secret_key = "another"  # type: ignore[misc]  # the point of the test
