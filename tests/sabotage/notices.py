"""Sabotages of messages: reminders once and on the court's day, wishes, quiet hours, letters, inboxes (FA-6, AC-2)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

INBOX = "tests/functional/test_notices_inbox.py"
REMINDERS = "tests/functional/test_notices_reminders.py"
MAILROOM = "tests/functional/test_mailroom.py"
RULES = "app/notices/rules.py"
CHECK_INS = "app/accountability/reminding.py"

SABOTAGES = (
    Sabotage(
        "FA-6",
        "a reminder is written without claiming its occasion",
        (
            Edit(CHECK_INS, "if first_time(CHECK_IN, check_in.id, row.occasion):", "if True:"),
            Edit(CHECK_INS, "not_said(CHECK_IN, CheckIn.id, wanted.c.occasion),", ""),
        ),
        (f"{REMINDERS}::test_each_reminder_of_a_check_in_comes_once_on_the_courts_day",),
    ),
    Sabotage(
        "FA-6",
        "UTC's day is taken for the court's",
        (Edit("app/cases/reminding.py", "today = clock.today(zone)", 'today = clock.today("UTC")'),),
        (f"{REMINDERS}::test_late_in_the_evening_the_day_is_still_the_courts",),
    ),
    Sabotage(
        "FA-6",
        "a mail does not wait for the end of the quiet hours",
        (
            Edit(
                "app/notices/services.py",
                "due_at = now if urgent else after_quiet(now, court.time_zone, quiet)",
                "due_at = now",
            ),
        ),
        (f"{INBOX}::test_a_mail_waits_for_the_end_of_the_quiet_hours",),
    ),
    Sabotage(
        "FA-6",
        "reminders are written in quiet hours",
        (Edit("app/cases/reminding.py", "if is_quiet(now, zone, quiet):", "if False:"),),
        (f"{REMINDERS}::test_nothing_is_written_in_quiet_hours_and_the_schedule_asks_to_be_woken_when_they_end",),
    ),
    Sabotage(
        "CD-10",
        "reminders come by mail though they were turned off",
        (Edit(RULES, "if is_optional(template) and not wishes.reminders_by_mail:", "if False:"),),
        (f"{INBOX}::test_reminders_can_be_turned_off_and_what_the_court_decides_can_not",),
    ),
    Sabotage(
        "CD-10",
        "a letter goes to the home of somebody who wants nothing there",
        (Edit(RULES, "if not by_post or wishes.nothing_home or", "if not by_post or"),),
        (f"{INBOX}::test_nothing_goes_to_the_home_of_somebody_who_asks_for_that",),
    ),
    Sabotage(
        "CD-10",
        "a clerk's letter goes there all the same",
        (Edit("app/notices/carrying.py", "if wishes_of(notice.recipient_id).nothing_home:", "if False:"),),
        (f"{MAILROOM}::test_no_letter_goes_to_somebody_who_wants_nothing_at_home",),
    ),
    Sabotage(
        "AC-2",
        "a message opens for anybody",
        (
            Edit(
                "app/notices/lookups.py",
                "query = select(Notice).where(_own(actor), Notice.id == notice_id)",
                "query = select(Notice).where(Notice.id == notice_id)",
            ),
        ),
        (f"{INBOX}::test_somebody_elses_message_is_missing",),
    ),
    Sabotage(
        "FA-6",
        "nobody whose rules were amended is reminded",
        (Edit("app/cases/reminding.py", "(RulesState.PUBLISHED, RulesState.AMENDED)", "(RulesState.PUBLISHED,)"),),
        (f"{REMINDERS}::test_somebody_whose_rules_were_amended_is_still_reminded",),
    ),
)
