"""Sabotages of sign-in (AU), sessions (SE) and the web (WE, IO)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

SIGN_IN = "tests/functional/test_accounts_sign_in.py"
ENROLLING = "tests/functional/test_cases_enrolling.py"
HEADERS = "tests/functional/test_web_headers.py"
DEVICES = "tests/functional/test_accounts_devices.py"
TEMPLATES = "tests/architecture/test_templates.py"
CONFIG = "tests/unit/test_config.py"

SABOTAGES = (
    Sabotage(
        "AU-5",
        "an unknown account is answered at once",
        (Edit("app/accounts/passwords.py", "    try:\n", "    if stored is None:\n        return False\n    try:\n"),),
        (f"{SIGN_IN}::test_known_and_unknown_take_the_same_time",),
    ),
    Sabotage(
        "AU-7",
        "passwords are hashed with Argon2i",
        (
            Edit("app/accounts/passwords.py", "parallelism=4)", "parallelism=4, type=Type.I)"),
            Edit(
                "app/accounts/passwords.py",
                "from argon2 import PasswordHasher",
                "from argon2 import PasswordHasher, Type",
            ),
        ),
        (f"{SIGN_IN}::test_passwords_are_kept_as_argon2id",),
    ),
    Sabotage(
        "AU-8",
        "guesses are not counted",
        (Edit("app/core/limits.py", "    if used >= limit.tries:", "    if False:"),),
        (f"{ENROLLING}::test_guesses_are_limited_and_the_page_says_when_to_come_back",),
    ),
    Sabotage(
        "AU-8",
        "a used code works again",
        (
            Edit(
                "app/cases/enrolling.py",
                'if row.state != "issued" or now >= row.expires_at or enrollment.state != "referred":',
                "if now >= row.expires_at:",
            ),
        ),
        (
            "tests/functional/test_cases_enrolling_twice.py::test_twenty_redemptions_of_one_code_at_once_are_one_enrollment",
        ),
    ),
    Sabotage(
        "AU-8",
        "a new key voids the codes of the old",
        (
            Edit(
                "app/core/keyring.py",
                "return [_mac(key, value) for key in self._keys[purpose]]",
                "return [self.digest(purpose, value)]",
            ),
        ),
        ("tests/unit/test_keyring.py::test_rotation_voids_nothing",),
    ),
    Sabotage(
        "SE-1",
        "the second factor keeps the session's id",
        (
            Edit(
                "app/accounts/sessions.py",
                "        row.second_factor_at = clock.now()\n        row.token_digest = _digest(token)\n",
                "        row.second_factor_at = clock.now()\n",
            ),
        ),
        (f"{SIGN_IN}::test_every_step_has_a_new_id",),
    ),
    Sabotage(
        "SE-1",
        "sign-out only forgets the cookie",
        (
            Edit(
                "app/accounts/sessions.py",
                'AccountSession.token_digest == bindparam("digest"), AccountSession.ended_at.is_(None)',
                'AccountSession.token_digest == bindparam("digest")',
            ),
        ),
        (f"{HEADERS}::test_the_session_row_dies_with_the_sign_out",),
    ),
    Sabotage(
        "AC-2",
        "a learner signs out somebody else's device",
        (
            Edit(
                "app/accounts/devices/lookups.py",
                "LearnerDevice.id == device_id, LearnerDevice.learner_account_id == learner.id",
                "LearnerDevice.id == device_id",
            ),
        ),
        (f"{DEVICES}::test_nobody_signs_out_a_device_of_another",),
    ),
    Sabotage(
        "SE-3",
        "two people at one computer can be brought together by its cookie",
        (Edit("app/accounts/devices/services.py", 'f"device:{account_id}:{token}"', 'f"device:{token}"'),),
        (f"{DEVICES}::test_two_people_at_one_computer_are_rows_that_nobody_can_bring_together",),
    ),
    Sabotage(
        "SE-1",
        "a sign-in on a new device is told to nobody",
        (Edit("app/accounts/devices/services.py", "                tell(Happening.NEW_DEVICE, actor.id)\n", ""),),
        (f"{DEVICES}::test_another_device_is_told_about_once_a_day_and_discreetly",),
    ),
    Sabotage(
        "WE-1",
        "the policy allows inline styles",
        (Edit("app/web/hooks.py", "style-src 'self';", "style-src 'self' 'unsafe-inline';"),),
        (f"{HEADERS}::test_every_answer_carries_the_headers",),
    ),
    Sabotage(
        "WE-1",
        "static files carry no headers",
        (
            Edit(
                "app/web/assets.py",
                "            for key, value in headers.items():\n                target[key] = value\n",
                "            return\n",
            ),
        ),
        (f"{HEADERS}::test_every_answer_carries_the_headers",),
    ),
    Sabotage(
        "WE-2",
        "browsers may keep signed-in pages",
        (Edit("app/web/hooks.py", 'headers["Cache-Control"] = "no-store"', 'headers["Cache-Control"] = "private"'),),
        (f"{HEADERS}::test_nothing_that_a_signed_in_person_sees_is_kept_by_the_browser",),
    ),
    Sabotage(
        "WE-3",
        "a stale form forgets what was typed",
        (Edit("app/web/hooks.py", "    if not kept.whole():\n", "    if True:\n"),),
        (f"{HEADERS}::test_a_form_without_its_token_says_so_and_keeps_what_was_typed",),
    ),
    Sabotage(
        "WE-3",
        "forms are not protected",
        (Edit("app/web/hooks.py", "        csrf.protect()\n", "        pass\n"),),
        (f"{HEADERS}::test_one_persons_token_is_worth_nothing_to_another",),
    ),
    Sabotage(
        "WE-3",
        "other sites may send forms",
        (Edit("app/web/hooks.py", "    if not kept.own_origin():\n", "    if False:\n"),),
        (f"{HEADERS}::test_a_form_from_another_site_is_refused_even_with_a_token",),
    ),
    Sabotage(
        "WE-4",
        "production starts on a default secret",
        (Edit("config.py", "secret and (len(secret) < 32 or secret in KNOWN_DEFAULTS)", "False"),),
        (f"{CONFIG}::test_production_refuses",),
    ),
    Sabotage(
        "WE-4",
        "production starts with something missing",
        (Edit("config.py", "missing = [name for name in NEEDS[process] if not values.get(name)]", "missing = []"),),
        (f"{CONFIG}::test_everything_wrong_is_named_at_once",),
    ),
    Sabotage(
        "WE-5",
        "a page loads a script from elsewhere",
        (Edit("templates/layout.html", "</head>", '<script src="https://cdn.example/x.js"></script></head>'),),
        (
            f"{TEMPLATES}::test_no_page_and_no_style_sheet_names_another_site",
            f"{HEADERS}::test_no_page_names_another_site",
        ),
    ),
    Sabotage(
        "IO-4",
        "a redirect leads anywhere",
        (Edit("app/web/hooks.py", "    return target if ours else None", "    return target"),),
        (f"{HEADERS}::test_a_redirect_never_leaves_the_court",),
    ),
    Sabotage(
        "IO-4",
        "every Host is answered",
        (
            Edit("app/factory.py", "        TRUSTED_HOSTS=_hosts(settings),\n", ""),
            Edit(
                "tests/functional/test_web_headers.py", '    https.config["TRUSTED_HOSTS"] = ["portal.example"]\n', ""
            ),
        ),
        (f"{HEADERS}::test_an_unknown_host_is_refused",),
    ),
    Sabotage(
        "IO-6",
        "the worker loads pickles",
        (
            Edit(
                "app/worker.py",
                "from rq.serializers import JSONSerializer",
                "from rq.serializers import DefaultSerializer as JSONSerializer",
            ),
        ),
        ("tests/faults/test_outbox_processes.py::test_a_pickle_in_the_queue_is_never_loaded",),
    ),
)
