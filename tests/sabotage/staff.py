"""Sabotages of staff who come and go (AU-1 to AU-4, AU-6, SE-2)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

SIGN_IN = "tests/functional/test_accounts_sign_in.py"
OWN = "tests/functional/test_accounts_own.py"
STAFFING = "tests/functional/test_accounts_staffing.py"
RECOVERY = "tests/functional/test_accounts_recovery.py"
LEARNERS = "tests/functional/test_accounts_learners.py"

SABOTAGES = (
    Sabotage(
        "AU-1",
        "fourteen characters are enough alone",
        (Edit("app/accounts/rules.py", "LEAST_ALONE = 15", "LEAST_ALONE = 14"),),
        (f"{LEARNERS}::test_a_short_password_is_refused_kindly",),
    ),
    Sabotage(
        "AU-2",
        "the court's name is a fine password",
        (Edit("app/accounts/rules.py", "*PRODUCT_WORDS, *in_court,", "*PRODUCT_WORDS,"),),
        (f"{OWN}::test_the_court_s_own_name_is_refused",),
    ),
    Sabotage(
        "AU-2",
        "passwords that everybody tries are taken",
        (Edit("app/accounts/rules.py", "    if _is_common(password):", "    if False:"),),
        (f"{OWN}::test_passwords_that_are_refused",),
    ),
    Sabotage(
        "AU-3",
        "a code of the app works twice",
        (Edit("app/accounts/services.py", "            credential.totp_last_step = step\n", ""),),
        (f"{SIGN_IN}::test_a_code_works_once",),
    ),
    Sabotage(
        "AU-3",
        "a recovery code works twice",
        (Edit("app/accounts/own_sign_in.py", "            credential.recovery_digests = left\n", ""),),
        (f"{OWN}::test_recovery_codes_work_once_each",),
    ),
    Sabotage(
        "AU-3",
        "whoever asks for a reset confirms it, too",
        (
            Edit(
                "app/accounts/factor_resets.py",
                "if each.id not in (member_id, requested_by)]",
                "if each.id != member_id]",
            ),
        ),
        (f"{STAFFING}::test_a_second_administrator_confirms_a_second_factor_reset",),
    ),
    Sabotage(
        "AU-4",
        "the lock opens by itself",
        (Edit("app/accounts/guard.py", "        locks.check(self.email)\n", ""),),
        (f"{SIGN_IN}::test_five_wrong_passwords_lock_until_an_administrator_releases",),
    ),
    Sabotage(
        "AU-4",
        "codes may be guessed for ever",
        (
            Edit(
                "app/accounts/own_sign_in.py",
                "        guard.failed()\n"
                '    audit_refused(SIGN_IN, actor=actor, subject=("staff", actor.id), new={"step": "recovery code"})',
                '    audit_refused(SIGN_IN, actor=actor, subject=("staff", actor.id), new={"step": "recovery code"})',
            ),
        ),
        (f"{OWN}::test_guesses_at_recovery_codes_lock",),
    ),
    Sabotage(
        "AU-4",
        "only addresses that are known are locked",
        (
            Edit(
                "app/accounts/services.py",
                "        guard.failed()\n"
                '        audit_refused(SIGN_IN, actor=actor, subject=("staff", found[0].id if found else None)',
                "        if found:\n            guard.failed()\n"
                '        audit_refused(SIGN_IN, actor=actor, subject=("staff", found[0].id if found else None)',
            ),
        ),
        (f"{SIGN_IN}::test_an_unknown_address_is_locked_alike_and_stays_so",),
    ),
    Sabotage(
        "AU-6",
        "a link works twice",
        (Edit("app/accounts/recovery.py", "        way.used_at = clock.now()\n", ""),),
        (f"{RECOVERY}::test_a_link_sets_a_new_password_once",),
    ),
    Sabotage(
        "AU-6",
        "a link lives for ever",
        (Edit("app/accounts/recovery.py", "        AccountRecovery.expires_at > clock.now(),\n", ""),),
        (
            f"{RECOVERY}::test_a_link_lives_an_hour_and_a_newer_one_ends_it",
            f"{RECOVERY}::test_a_slip_works_once_for_a_day",
        ),
    ),
    Sabotage(
        "AU-6",
        "a new password leaves the sessions open",
        (Edit("app/accounts/recovery.py", "    sessions.end_everywhere(credential, membership_id)\n", ""),),
        (f"{RECOVERY}::test_a_link_sets_a_new_password_once",),
    ),
    Sabotage(
        "AU-6",
        "a new password ends the sessions of one court only",
        (Edit("app/accounts/sessions.py", "    credential.sessions_since = clock.now()\n", ""),),
        (f"{OWN}::test_a_new_password_ends_the_sign_ins_at_other_courts",),
    ),
    Sabotage(
        "AU-6",
        "a link takes the second factor away",
        (
            Edit(
                "app/accounts/recovery.py",
                "    credential.password_hash = hashed\n",
                "    credential.password_hash = hashed\n"
                "    credential.totp_secret, credential.totp_last_step = None, 0\n",
            ),
        ),
        (f"{RECOVERY}::test_a_link_sets_a_new_password_once",),
    ),
    Sabotage(
        "SE-2",
        "a deactivated person's sessions go on",
        (
            Edit(
                "app/accounts/staffing.py",
                '            member.state = "deactivated"\n            sessions.end_all(membership_id=member.id)\n',
                '            member.state = "deactivated"\n',
            ),
            Edit("app/accounts/sessions.py", ' or (is_staff and row.state != "active")', ""),
        ),
        (f"{STAFFING}::test_a_deactivated_person_is_out_by_the_next_request",),
    ),
    Sabotage(
        "SE-2",
        "a new role leaves the sessions open",
        (
            Edit(
                "app/accounts/staffing.py",
                "            old, member.role = member.role, role\n"
                "            sessions.end_all(membership_id=member.id)\n",
                "            old, member.role = member.role, role\n",
            ),
        ),
        (f"{STAFFING}::test_a_new_role_acts_at_once_and_ends_the_sign_ins",),
    ),
)
