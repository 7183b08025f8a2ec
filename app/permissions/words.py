"""The permission map in words, for people who have to answer for it. One sentence a permission, in both languages."""

from __future__ import annotations

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.permissions.identity import Role
from app.permissions.permissions import GRANTS, Permission

P = Permission

# Roles as people may write them in a file, English and Spanish.
ROLE_WORDS: dict[Role, tuple[str, ...]] = {
    Role.ADMINISTRATOR: ("court administrator", "admin", "administrador del tribunal", "administradora del tribunal"),
    Role.CLERK: ("court clerk", "secretario", "secretaria", "secretario judicial", "secretaria judicial"),
    Role.JUDGE: ("juez", "jueza"),
    Role.PROSECUTOR: ("prosecutor's unit", "prosecutor’s unit", "fiscal", "fiscalía"),
    Role.OFFICER: ("probation officer", "oficial", "oficial de libertad condicional", "oficial de supervisión"),
    Role.SUPERVISOR: ("supervisora",),
    Role.FACILITATOR: ("facilitador", "facilitadora"),
}

# In the order of the page: what it is about, and its permissions with what each lets a person do.
GROUPS: tuple[tuple[LazyString, tuple[tuple[Permission, LazyString], ...]], ...] = (
    (
        _l("The court"),
        (
            (P.RULES_READ, _l("See the program rules")),
            (P.RULES_PUBLISH, _l("Change and publish the program rules")),
            (P.STAFF_READ, _l("See who works here, and who may do what")),
            (P.STAFF_INVITE, _l("Invite people to the staff")),
            (P.STAFF_MANAGE, _l("Change roles, deactivate people, release locks, reset second steps")),
            (P.DASHBOARD_READ, _l("See the dashboard")),
            (P.AUDIT_READ, _l("See who did what, and when")),
            (P.AUDIT_VALUES_READ, _l("See old and new values in the audit, and from where")),
            (P.AUDIT_EXPORT, _l("Take the audit along as a file")),
            (P.COURT_EXPORT, _l("Take the court's whole data along as a file")),
        ),
    ),
    (
        _l("The end of a record"),
        (
            (P.RECORD_SEAL, _l("Record an order to seal or expunge, confirm one, call one off")),
            (P.SEALED_OPEN, _l("Open a sealed record under an order of the court, with a reason")),
            (P.HOLD_PLACE, _l("Put a legal hold on a case or on the whole court, and lift it")),
        ),
    ),
    (
        _l("Referrals and enrollment"),
        (
            (P.REFERRAL_CREATE, _l("Refer people, where the court's rules let the role refer")),
            (P.REFERRAL_READ, _l("See referrals")),
            (P.REFERRAL_AMEND, _l("Amend a referral, with a reason")),
            (P.CASE_HOLD, _l("Put a case on hold, and resume it")),
            (P.CASE_WITHDRAW, _l("Withdraw a referral")),
            (P.CASE_RETURN, _l("Return a case to the court")),
            (
                P.CASE_EXTEND,
                _l("Give more time or add check-ins: by order, or where the rules let the officer"),
            ),
            (P.CASE_ASSIGN, _l("Give cases to another officer, one or a whole caseload")),
            (P.CASE_TRANSFER, _l("Ask another court to take a case, and take one in")),
            (P.COVER_ARRANGE, _l("Arrange who stands in for whom; officers for themselves")),
            (P.CASE_END_EARLY, _l("End the check-ins early, by order of the court")),
            (P.TERMINATION_PROPOSE, _l("Propose to end a program, with written reasons")),
            (P.TERMINATION_APPROVE, _l("Approve a proposal to end a program, as the second person")),
            (P.TERMINATION_DECIDE, _l("Decide about the end of a program, where the court's rules name the role")),
            (P.CODE_ISSUE, _l("Issue and take back enrollment codes")),
            (P.ENROLL_ASSIST, _l("Help somebody enroll at the counter, and print recovery slips")),
            (P.ORDER_FILE_READ, _l("Open the signed order")),
            (P.MAIL_HANDLE, _l("See mails that did not arrive, and print letters")),
        ),
    ),
    (
        _l("Money"),
        (
            (P.CASE_MONEY_READ, _l("See the amounts of a case")),
            (P.WAIVER_READ, _l("See requests for a fee waiver")),
            (P.WAIVER_DECIDE, _l("Decide requests for a fee waiver, where the court's rules let the role decide")),
            (P.WAIVER_ASSIST, _l("Fill in a request for a fee waiver with somebody, or from paper")),
            (P.MONEY_READ, _l("See the court's money: who receives what, and what does not match")),
            (P.PAYMENT_RECORD, _l("Record a payment at the counter, and void it with a reason")),
            (P.PAYMENT_REFUND, _l("Give a card payment back, and pay a credit back at the counter")),
            (P.PAYMENT_REVIEW, _l("Settle payments that did not match")),
            (P.LEDGER_ADJUST, _l("Correct what somebody owes, with a reason")),
            (P.ADJUSTMENT_APPROVE, _l("Approve a large correction as the second person")),
        ),
    ),
    (
        _l("Supervision"),
        (
            (P.CASELOAD_READ, _l("See the caseload")),
            (P.CASELOAD_SHARE, _l("Share a saved view of the caseload with the staff")),
            (P.ATTENTION_HANDLE, _l("Work through the list of the day: put a reason aside, take it up again")),
            (P.CASE_READ, _l("Open a case")),
            (P.BENCH_READ, _l("See the judge's calendar with the bench cards")),
            (P.RETURN_DECIDE, _l("Let a program go on that was returned to the court")),
            (P.UNIT_READ, _l("See facts of compliance about the people whom one referred")),
            (P.CASE_TIME_READ, _l("See how a participant's time was counted")),
            (P.ACCOMMODATION_DECIDE, _l("Decide what helps a participant to take part")),
            (P.TEAM_READ, _l("See officers' caseloads, times and outcomes in numbers")),
            (P.HEARING_RECORD, _l("Record what came of a hearing, and correct the record")),
            (P.NOTE_READ, _l("Read notes on the cases that one works on")),
            (P.NOTE_WRITE, _l("Write notes on the cases that one works on")),
            (P.MESSAGE_WRITE, _l("Write with participants, in the cases that one works on")),
            (P.MESSAGE_TEMPLATES, _l("Change the court's own texts for messages")),
            (P.CHECK_IN_REVIEW, _l("Review check-ins")),
            (P.CHECK_IN_EXCUSE, _l("Excuse a missed check-in")),
            (P.VIOLATION_DECIDE, _l("Note a possible violation, and decide about it")),
            (P.DISPUTE_ANSWER, _l("Answer when a participant says that the record is not right")),
            (P.REFLECTION_REVIEW, _l("Review reflections")),
            (P.CONCERN_RAISE, _l("Raise a concern that somebody is in danger")),
            (P.CONCERN_READ, _l("See concerns: the own ones; on call and for administrators, all")),
            (P.REVIEW_OVERSEE, _l("Look at what reviewers flagged, and lift a reviewer's limit for a day")),
            (P.REPORT_REQUEST, _l("Ask for a report")),
            (P.REPORT_READ, _l("Read reports")),
            (P.REPORT_RECEIVE, _l("Get reports that are delivered, and say that one has them")),
            (P.REPORT_DISPATCH, _l("Print reports that go out on paper, and look after what was not delivered")),
            (P.REPORT_REVOKE, _l("Take a report back, with a reason")),
            (P.REPORT_SCHEDULE, _l("Pause reports that are made by themselves, and let them go on")),
        ),
    ),
    (
        _l("Oneself"),
        (
            (P.SIGNED_IN, _l("See and change one's own account")),
            (P.OWN_SECOND_FACTOR, _l("Set up one's own second step and recovery codes")),
            (P.CLIENT_READ, _l("Read the case of a client, as the client sees it and as long as the client wants")),
            (P.OWN_PROGRAM, _l("Take part in the program")),
        ),
    ),
)


def granted(permission: Permission) -> frozenset[Role]:
    """The roles that have a permission."""
    return frozenset(role for role, permissions in GRANTS.items() if permission in permissions)


def unnamed() -> list[Permission]:
    """Permissions that stand on no line of the page; shown there by their bare names, and refused by the tests."""
    named = {permission for _label, lines in GROUPS for permission, _words in lines}
    return [permission for permission in Permission if permission not in named]
