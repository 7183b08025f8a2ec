"""THE page that says who may do what. What is not here is denied.

A route names one Permission. Which rows a person may reach is narrowed further by lookups (an officer: the assigned
caseload; a learner: the own enrollment).
"""

from __future__ import annotations

from enum import StrEnum

from app.permissions.identity import Identity, Role


class Permission(StrEnum):
    """One thing that a person can be allowed to do."""

    # every signed-in person of a court
    SIGNED_IN = "signed_in"  # own account, sign out, language
    OWN_SECOND_FACTOR = "own_second_factor"  # another app, recovery codes: learners have no second factor

    # court administration
    RULES_READ = "rules_read"
    RULES_PUBLISH = "rules_publish"
    STAFF_READ = "staff_read"
    STAFF_INVITE = "staff_invite"
    STAFF_MANAGE = "staff_manage"  # roles, deactivation, locks, second-factor resets
    COURT_EXPORT = "court_export"  # the whole data of the court, as a file

    # looking over the court, and back
    DASHBOARD_READ = "dashboard_read"
    AUDIT_READ = "audit_read"  # who did what, when; names of cases that the person may see anyway
    AUDIT_VALUES_READ = "audit_values_read"  # old and new values, network addresses, participants' names
    AUDIT_EXPORT = "audit_export"

    # cases
    REFERRAL_CREATE = "referral_create"
    REFERRAL_READ = "referral_read"
    REFERRAL_AMEND = "referral_amend"
    CASE_HOLD = "case_hold"  # and resume
    CASE_WITHDRAW = "case_withdraw"
    CASE_RETURN = "case_return"  # give a case back to the court, with a reason
    CASE_EXTEND = "case_extend"  # more time for lessons, more check-ins; by order, or where the rules let the officer
    CASE_ASSIGN = "case_assign"  # give cases to another officer: one, several, a whole caseload
    CASE_TRANSFER = "case_transfer"  # ask another court of the portal to take a case; take one in
    COVER_ARRANGE = "cover_arrange"  # who stands in for whom; officers for themselves
    CASE_END_EARLY = "case_end_early"  # end the check-ins by order of the court
    TERMINATION_PROPOSE = "termination_propose"  # with written reasons; take it back, print the letter
    TERMINATION_APPROVE = "termination_approve"  # where the rules ask for it, as the second person
    TERMINATION_DECIDE = "termination_decide"  # where the rules name the role
    CODE_ISSUE = "code_issue"
    ENROLL_ASSIST = "enroll_assist"  # at the counter: enroll with somebody, print a recovery slip
    ORDER_FILE_READ = "order_file_read"
    MAIL_HANDLE = "mail_handle"  # mails that did not arrive; letters to print

    # the end of a record
    RECORD_SEAL = "record_seal"  # record the order or disposition, confirm what somebody else recorded, call it off
    SEALED_OPEN = "sealed_open"  # read a sealed record under an order of the court, with the reason
    HOLD_PLACE = "hold_place"  # nothing of a case, or of the court, may be sealed, destroyed or forgotten

    # money
    WAIVER_READ = "waiver_read"
    WAIVER_DECIDE = "waiver_decide"  # and ask for proof, read it, revoke
    WAIVER_ASSIST = "waiver_assist"  # fill in a request with somebody at the counter, or from paper
    MONEY_READ = "money_read"  # the court's money: payees by month, what waits for review, ledger against Stripe
    PAYMENT_RECORD = "payment_record"  # cash, money order or check at the counter; void it with a reason
    PAYMENT_REFUND = "payment_refund"  # give a card payment back; pay a credit back at the counter
    PAYMENT_REVIEW = "payment_review"  # resolve what did not match
    LEDGER_ADJUST = "ledger_adjust"  # correct what is owed, with a reason
    ADJUSTMENT_APPROVE = "adjustment_approve"  # as the second person, above the court's limit

    # supervision
    CASELOAD_READ = "caseload_read"
    CASELOAD_SHARE = "caseload_share"  # share a kept view of the caseload with the court's staff
    ATTENTION_HANDLE = "attention_handle"  # the list of the day: put a reason aside, take it up again
    CASE_READ = "case_read"
    BENCH_READ = "bench_read"  # the judge's calendar: who is heard with the bench cards, and what the court decides
    RETURN_DECIDE = "return_decide"  # let a program go on that was returned to the court
    UNIT_READ = "unit_read"  # facts of compliance about the own referrals, and nothing else of a case
    CASE_TIME_READ = "case_time_read"  # how a participant's time in the lessons was counted
    ACCOMMODATION_DECIDE = "accommodation_decide"  # and read what was asked for, in the participant's own words
    TEAM_READ = "team_read"  # officers' loads, times to a decision, outcomes and waivers in numbers
    HEARING_RECORD = "hearing_record"  # what came of a hearing, and correct such a record
    NOTE_READ = "note_read"  # only who works on the case: app/cases/working.py
    NOTE_WRITE = "note_write"
    MESSAGE_WRITE = "message_write"  # and read: with participants, likewise
    MESSAGE_TEMPLATES = "message_templates"  # the court's own texts to start a message from
    CASE_MONEY_READ = "case_money_read"  # amounts and entries; without it only that a fee is settled or not
    REPORT_REQUEST = "report_request"
    REPORT_READ = "report_read"
    REPORT_SCHEDULE = "report_schedule"  # pause what the court's rules have made by itself
    REPORT_RECEIVE = "report_receive"  # reports that are delivered to oneself; say that one has them
    REPORT_REVOKE = "report_revoke"  # take an issued report back, with a reason
    REPORT_DISPATCH = "report_dispatch"  # print reports that go out on paper; look after what was not delivered
    CHECK_IN_REVIEW = "check_in_review"
    CHECK_IN_EXCUSE = "check_in_excuse"
    VIOLATION_DECIDE = "violation_decide"  # note one by hand, read the person's side, decide, note that the court knows
    DISPUTE_ANSWER = "dispute_answer"  # read what a participant says is not right in the record, and answer it
    REFLECTION_REVIEW = "reflection_review"
    CONCERN_RAISE = "concern_raise"  # somebody may be in danger
    CONCERN_READ = "concern_read"  # the own ones; all of them only who is on call, and administrators
    REVIEW_OVERSEE = "review_oversee"  # look at what reviewers flagged, lift a reviewer's limit for a day

    # defense counsel
    CLIENT_READ = "client_read"  # the cases of clients who have admitted them

    # the learner's own
    OWN_PROGRAM = "own_program"


P = Permission

_MANAGES_CASES = {
    P.DASHBOARD_READ,
    P.REFERRAL_CREATE,
    P.REFERRAL_READ,
    P.REFERRAL_AMEND,
    P.CASE_HOLD,
    P.CASE_WITHDRAW,
    P.CASE_RETURN,
    P.CASE_EXTEND,
    P.CASE_ASSIGN,
    P.CASE_TRANSFER,
    P.COVER_ARRANGE,
    P.CASE_END_EARLY,
    P.VIOLATION_DECIDE,
    P.TERMINATION_PROPOSE,
    P.TERMINATION_DECIDE,
    P.CODE_ISSUE,
    P.ENROLL_ASSIST,
    P.ORDER_FILE_READ,
    P.MAIL_HANDLE,
    P.CASELOAD_READ,
    P.ATTENTION_HANDLE,
    P.CASE_READ,
    P.CASE_TIME_READ,
    P.ACCOMMODATION_DECIDE,
    P.CASE_MONEY_READ,
    P.HEARING_RECORD,
    P.NOTE_READ,
    P.NOTE_WRITE,
    P.MESSAGE_WRITE,
    P.MESSAGE_TEMPLATES,
    P.REPORT_REQUEST,
    P.REPORT_READ,
    P.REPORT_SCHEDULE,
    P.REPORT_RECEIVE,
    P.REPORT_REVOKE,
    P.REPORT_DISPATCH,
    P.DISPUTE_ANSWER,
    P.RECORD_SEAL,
}
_HANDLES_MONEY = {
    P.MONEY_READ,
    P.PAYMENT_RECORD,
    P.LEDGER_ADJUST,
    P.WAIVER_READ,
    P.WAIVER_DECIDE,
    P.WAIVER_ASSIST,
}
_EVERYONE = {P.SIGNED_IN}
_STAFF = {*_EVERYONE, P.OWN_SECOND_FACTOR, P.CONCERN_RAISE, P.CONCERN_READ}
_SUPERVISES = {
    P.CASELOAD_READ,
    P.ATTENTION_HANDLE,
    P.CASE_READ,
    P.CASE_TIME_READ,
    P.CASE_MONEY_READ,
    P.HEARING_RECORD,
    P.NOTE_READ,
    P.NOTE_WRITE,
    P.MESSAGE_WRITE,
    P.REPORT_REQUEST,
    P.REPORT_READ,
    P.REPORT_RECEIVE,
    P.CHECK_IN_REVIEW,
    P.CHECK_IN_EXCUSE,
    P.VIOLATION_DECIDE,
    P.CASE_RETURN,
    P.CASE_EXTEND,
    P.COVER_ARRANGE,
    P.TERMINATION_PROPOSE,
    P.DISPUTE_ANSWER,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(
        _STAFF
        | _MANAGES_CASES
        | {
            P.AUDIT_READ,
            P.AUDIT_VALUES_READ,
            P.AUDIT_EXPORT,
            P.COURT_EXPORT,
            P.RULES_READ,
            P.RULES_PUBLISH,
            P.STAFF_READ,
            P.STAFF_INVITE,
            P.STAFF_MANAGE,
            P.TEAM_READ,
            P.ADJUSTMENT_APPROVE,
            P.TERMINATION_APPROVE,
            P.CASELOAD_SHARE,
            P.PAYMENT_REFUND,
            P.PAYMENT_REVIEW,
            P.REVIEW_OVERSEE,
            P.SEALED_OPEN,
            P.HOLD_PLACE,
        }
        | _HANDLES_MONEY
    ),
    Role.CLERK: frozenset(_STAFF | _MANAGES_CASES | _HANDLES_MONEY | {P.RULES_READ, P.STAFF_READ}),
    Role.JUDGE: frozenset(
        _STAFF
        | {P.CASELOAD_READ, P.CASE_READ, P.CASE_TIME_READ, P.CASE_MONEY_READ, P.HEARING_RECORD}
        | {P.REPORT_RECEIVE, P.REPORT_REVOKE}
        | {P.REPORT_READ, P.REPORT_REQUEST, P.RULES_READ, P.WAIVER_READ, P.WAIVER_DECIDE, P.ADJUSTMENT_APPROVE}
        | {P.VIOLATION_DECIDE, P.CASE_END_EARLY, P.TERMINATION_DECIDE, P.BENCH_READ, P.RETURN_DECIDE, P.SEALED_OPEN}
    ),
    # Compliance facts only, on pages of their own: the case and its reports hold more than a diversion unit may know.
    Role.PROSECUTOR: frozenset(_STAFF | {P.REFERRAL_CREATE, P.REFERRAL_READ, P.REFERRAL_AMEND, P.UNIT_READ}),
    Role.OFFICER: frozenset(_STAFF | _SUPERVISES | {P.ORDER_FILE_READ}),
    # Supervisors see who looked at which case, not what was typed or from where.
    Role.SUPERVISOR: frozenset(
        _STAFF
        | _SUPERVISES
        | {P.ORDER_FILE_READ, P.AUDIT_READ, P.REVIEW_OVERSEE, P.TERMINATION_APPROVE, P.TEAM_READ, P.CASELOAD_SHARE}
        | {P.MESSAGE_TEMPLATES, P.CASE_ASSIGN, P.CASE_TRANSFER}
    ),
    Role.FACILITATOR: frozenset(_STAFF | {P.REFLECTION_REVIEW, P.CHECK_IN_REVIEW}),
    Role.COUNSEL: frozenset(_EVERYONE | {P.OWN_SECOND_FACTOR, P.CLIENT_READ}),
    Role.LEARNER: frozenset(_EVERYONE | {P.OWN_PROGRAM, P.REPORT_READ}),
    Role.OPERATOR: frozenset(),
    Role.NOBODY: frozenset(),
}

# Roles that see every case of their court; the others see the cases that a lookup assigns to them.
SEES_WHOLE_COURT = frozenset({Role.ADMINISTRATOR, Role.CLERK, Role.JUDGE, Role.SUPERVISOR})


def may(identity: Identity, permission: Permission) -> bool:
    """Whether `identity` has `permission`. Nobody has any before the second factor."""
    return identity.fully_signed_in and permission in GRANTS.get(identity.as_role, frozenset())
