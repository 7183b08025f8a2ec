"""Every kind of event that the audit knows, in words. An action that is written and has no words here fails a test."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.audit import Outcome
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.core.sealer import Finding, FindingKind


class Kind(StrEnum):
    """What events are grouped by."""

    READING = "reading"
    SIGN_IN = "sign-in"
    PEOPLE = "people"
    RULES = "rules"
    CASES = "cases"
    CODES = "codes"
    LEARNING = "learning"
    CHECK_INS = "check-ins"
    MONEY = "money"
    REPORTS = "reports"
    RECORDS = "records"
    OPERATOR = "operator"
    AUDIT = "audit"


KIND_WORDS: dict[Kind, LazyString] = {
    Kind.READING: _("Looking at a case"),
    Kind.SIGN_IN: _("Signing in and own account"),
    Kind.PEOPLE: _("Staff and what they may do"),
    Kind.RULES: _("Program rules"),
    Kind.CASES: _("Referrals and cases"),
    Kind.CODES: _("Enrollment codes"),
    Kind.LEARNING: _("Lessons and reflections"),
    Kind.CHECK_INS: _("Check-ins and possible violations"),
    Kind.MONEY: _("Fees, payments and waivers"),
    Kind.REPORTS: _("Reports"),
    Kind.RECORDS: _("Sealing, destruction and legal holds"),
    Kind.OPERATOR: _("JaneSchool's operators, and the court's whole data"),
    Kind.AUDIT: _("The audit itself"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """One kind of event: its group, what was done, and what was tried when it was refused."""

    kind: Kind
    done: LazyString
    refused: LazyString | None = None


_K = Kind
ACTIONS: dict[str, Action] = {
    "cases.read_referral": Action(_K.READING, _("Opened the referral")),
    "cases.read_order": Action(_K.READING, _("Downloaded the signed order")),
    "cases.read_agreement": Action(_K.READING, _("Downloaded the signed agreement")),
    "caseload.read_case": Action(_K.READING, _("Opened the case")),
    "caseload.read_card": Action(_K.READING, _("Saw the case on the judge's calendar")),
    "caseload.read_facts": Action(_K.READING, _("Opened the facts of compliance")),
    "caseload.take_unit_file": Action(_K.READING, _("Took the facts of compliance along as a file")),
    "caseload.export": Action(_K.READING, _("Took the caseload along as a file")),
    "cases.read_messages": Action(_K.READING, _("Opened the messages with the participant")),
    "accountability.read_check_in": Action(_K.READING, _("Read a check-in")),
    "accommodation.read": Action(_K.READING, _("Read what somebody asked for to take part")),
    "accommodation.ask": Action(_K.CASES, _("Asked for a change that helps to take part")),
    "accommodation.grant": Action(_K.CASES, _("Granted a change that helps to take part")),
    "accommodation.deny": Action(_K.CASES, _("Denied a change that helps to take part")),
    "accommodation.end": Action(_K.CASES, _("Ended a change that helps to take part")),
    "accommodation.withdraw": Action(_K.CASES, _("Took back a change that helps to take part")),
    "counsel.read": Action(_K.READING, _("Read a client's case as their lawyer")),
    "disputes.read": Action(_K.READING, _("Read what a participant says is not right")),
    "learning.read_time": Action(_K.READING, _("Looked up how time was counted")),
    "accountability.read_violation": Action(_K.READING, _("Opened a possible violation")),
    "accountability.read_termination": Action(_K.READING, _("Opened a proposal to end a program")),
    "learning.read_reflection": Action(_K.READING, _("Read a reflection")),
    "payments.read_waiver": Action(_K.READING, _("Read a fee waiver request")),
    "payments.read_waiver_proof": Action(_K.READING, _("Opened a proof of a fee waiver request")),
    "payments.read_statement": Action(_K.READING, _("Read the statement of a fee")),
    "reports.read": Action(_K.READING, _("Read a report")),
    "reports.read_list": Action(_K.READING, _("Read a report about many people")),
    "reports.read_list_file": Action(_K.READING, _("Downloaded a report about many people")),
    "reports.read_file": Action(_K.READING, _("Downloaded a report")),
    "audit.read_case": Action(_K.READING, _("Looked up who has seen the case")),
    "audit.read_event": Action(_K.READING, _("Opened an event of the audit")),
    "accounts.sign_in": Action(_K.SIGN_IN, _("Signed in"), _("Tried to sign in")),
    "accounts.password_given": Action(_K.SIGN_IN, _("Gave the right password, before the second step")),
    "accounts.second_factor_set_up": Action(_K.SIGN_IN, _("Set up the second step")),
    "accounts.sign_out": Action(_K.SIGN_IN, _("Signed out")),
    "accounts.sign_out_everywhere": Action(_K.SIGN_IN, _("Signed out everywhere")),
    "accounts.change_password": Action(_K.SIGN_IN, _("Changed the password")),
    "accounts.prove_password": Action(
        _K.SIGN_IN, _("Gave the password again"), _("Gave a wrong password for a change")
    ),
    "accounts.begin_new_app": Action(_K.SIGN_IN, _("Began to set up another authenticator app")),
    "accounts.change_second_factor": Action(_K.SIGN_IN, _("Changed to another authenticator app")),
    "accounts.make_recovery_codes": Action(_K.SIGN_IN, _("Made new recovery codes")),
    "accounts.ask_for_mail": Action(_K.SIGN_IN, _("Asked for a link to choose a new password")),
    "accounts.make_recovery_slip": Action(_K.SIGN_IN, _("Printed a slip to sign in again")),
    "accounts.recover": Action(_K.SIGN_IN, _("Chose a new password"), _("Tried to choose a new password")),
    "accounts.lock": Action(_K.SIGN_IN, _("Unlocked a sign-in"), _("Locked a sign-in after too many tries")),
    "accounts.new_device": Action(_K.SIGN_IN, _("Signed in on a device that was not used before")),
    "accounts.sign_out_device": Action(_K.SIGN_IN, _("Signed a device out")),
    "accounts.set_language": Action(_K.SIGN_IN, _("Chose a language")),
    "accounts.create_learner_account": Action(_K.SIGN_IN, _("Made a participant's account")),
    "accounts.invite": Action(_K.PEOPLE, _("Invited somebody to the staff")),
    "accounts.resend_invitation": Action(_K.PEOPLE, _("Sent an invitation again")),
    "accounts.revoke_invitation": Action(_K.PEOPLE, _("Took an invitation back")),
    "accounts.join": Action(_K.PEOPLE, _("Joined the staff"), _("Tried to join the staff")),
    "accounts.change_role": Action(_K.PEOPLE, _("Changed somebody's role")),
    "accounts.deactivate": Action(_K.PEOPLE, _("Deactivated somebody")),
    "accounts.reactivate": Action(_K.PEOPLE, _("Made somebody active again")),
    "accounts.release_lock": Action(_K.PEOPLE, _("Released a locked sign-in")),
    "accounts.ask_second_factor_reset": Action(_K.PEOPLE, _("Asked to reset somebody's second step")),
    "accounts.reset_second_factor": Action(_K.PEOPLE, _("Reset somebody's second step")),
    "accounts.withdraw_second_factor_reset": Action(_K.PEOPLE, _("Withdrew the reset of a second step")),
    "court_admin.open_court": Action(_K.RULES, _("Opened the court in the portal")),
    "court_admin.publish_rules": Action(_K.RULES, _("Published the program rules")),
    "court_admin.cancel_rules": Action(_K.RULES, _("Canceled program rules that had not begun")),
    "court_admin.amend_rules": Action(_K.RULES, _("Applied changed rules to a running case")),
    "court_admin.start_draft": Action(_K.RULES, _("Began a draft of the program rules")),
    "court_admin.save_draft": Action(_K.RULES, _("Changed the draft of the program rules")),
    "court_admin.discard_draft": Action(_K.RULES, _("Discarded the draft of the program rules")),
    "court_admin.put_away_start_guide": Action(_K.RULES, _("Put the list of first steps away")),
    "court_admin.bring_back_start_guide": Action(_K.RULES, _("Brought the list of first steps back")),
    "cases.refer": Action(_K.CASES, _("Referred a person")),
    "cases.attach_order": Action(_K.CASES, _("Attached the signed order")),
    "cases.amend": Action(_K.CASES, _("Corrected the referral")),
    "cases.refer_again": Action(_K.CASES, _("Referred a person again, knowing of the earlier referral")),
    "cases.send_import": Action(_K.CASES, _("Sent a file of referrals")),
    "cases.choose_import_columns": Action(_K.CASES, _("Chose the columns of a file of referrals")),
    "cases.confirm_import": Action(_K.CASES, _("Confirmed a file of referrals")),
    "cases.finish_import": Action(_K.CASES, _("Worked through a file of referrals")),
    "cases.cancel_import": Action(_K.CASES, _("Canceled a file of referrals")),
    "cases.forget_import_file": Action(_K.CASES, _("Deleted a file of referrals after its time")),
    "cases.read_import_result": Action(_K.CASES, _("Downloaded the result of a file of referrals")),
    "cases.read_pending_numbers": Action(_K.CASES, _("Downloaded the cases without a case number")),
    "cases.move": Action(_K.CASES, _("Moved the case to another stage")),
    "cases.enroll": Action(_K.CASES, _("Enrolled"), _("Tried to enroll")),
    "cases.assist_enrollment": Action(_K.CASES, _("Began to help somebody enroll at the counter")),
    "cases.enroll_assisted": Action(_K.CASES, _("Helped somebody enroll at the counter")),
    "cases.print_recovery_slip": Action(_K.SIGN_IN, _("Printed a slip to sign in again")),
    "cases.reassign": Action(_K.CASES, _("Gave the case to somebody else")),
    "transfers.ask": Action(_K.CASES, _("Asked that the case moves to another court")),
    "transfers.agree": Action(_K.CASES, _("Agreed that the case moves to another court")),
    "transfers.decline": Action(_K.CASES, _("Did not agree that the case moves to another court")),
    "transfers.withdraw": Action(_K.CASES, _("Took back that the case moves to another court")),
    "transfers.hand_over": Action(_K.CASES, _("Handed the case over to another court")),
    "transfers.accept": Action(_K.CASES, _("Accepted a case of another court")),
    "transfers.refuse": Action(_K.CASES, _("Did not accept a case of another court")),
    "transfers.receive": Action(_K.CASES, _("Took in a case of another court")),
    "transfers.bring_progress": Action(_K.LEARNING, _("Counted what was done at another court")),
    "transfers.read_offer": Action(_K.READING, _("Opened a case that another court offers")),
    "transfers.read_document": Action(_K.READING, _("Downloaded a document that came from another court")),
    "cases.arrange_cover": Action(_K.PEOPLE, _("Arranged who stands in for whom")),
    "cases.end_cover": Action(_K.PEOPLE, _("Ended early that somebody stands in")),
    "caseload.add_note": Action(_K.CASES, _("Wrote a note")),
    "caseload.start_action": Action(_K.CASES, _("Began something for several people")),
    "caseload.end_action": Action(_K.CASES, _("Finished something for several people")),
    "caseload.remind": Action(_K.CASES, _("Sent a reminder by hand")),
    "caseload.save_view": Action(_K.CASES, _("Saved a view of the caseload")),
    "caseload.change_view": Action(_K.CASES, _("Changed a saved view")),
    "caseload.remove_view": Action(_K.CASES, _("Removed a saved view")),
    "caseload.restore_view": Action(_K.CASES, _("Put a saved view back")),
    "cases.edit_note": Action(_K.CASES, _("Changed a note")),
    "cases.strike_note": Action(_K.CASES, _("Struck out a note")),
    "cases.record_hearing": Action(_K.CASES, _("Recorded a hearing")),
    "cases.correct_hearing": Action(_K.CASES, _("Corrected the record of a hearing")),
    "cases.strike_hearing": Action(_K.CASES, _("Struck out the record of a hearing")),
    "cases.send_message": Action(_K.CASES, _("Sent a message")),
    "cases.mark_messages_read": Action(_K.CASES, _("Said that messages were read")),
    "cases.save_message_template": Action(_K.RULES, _("Changed a text for messages")),
    "cases.retire_message_template": Action(_K.RULES, _("Changed whether a text for messages is offered")),
    "caseload.put_aside": Action(_K.CASES, _("Put a reason for attention aside")),
    "caseload.take_up_again": Action(_K.CASES, _("Took a reason for attention up again")),
    "notices.retry": Action(_K.CASES, _("Sent a message again")),
    "notices.make_letter": Action(_K.CASES, _("Asked for a letter in place of a mail")),
    "notices.note_bounce": Action(_K.CASES, _("Noted that a mail came back")),
    "notices.print_letter": Action(_K.CASES, _("Printed a letter")),
    "notices.choose": Action(_K.SIGN_IN, _("Chose how to get messages")),
    "cases.issue_code": Action(_K.CODES, _("Issued an enrollment code")),
    "cases.issue_codes": Action(_K.CODES, _("Issued enrollment codes for many referrals")),
    "cases.mail_code": Action(_K.CODES, _("Mailed an enrollment code")),
    "cases.read_slips": Action(_K.CODES, _("Downloaded slips with enrollment codes")),
    "cases.revoke_code": Action(_K.CODES, _("Took an enrollment code back")),
    "cases.redeem_code": Action(_K.CODES, _("Used an enrollment code"), _("Tried an enrollment code")),
    "reports.make_slip": Action(_K.CODES, _("Printed an enrollment slip")),
    "learning.complete_lesson": Action(_K.LEARNING, _("Finished a lesson")),
    "learning.pass_module": Action(_K.LEARNING, _("Passed a module")),
    "learning.review_reflection": Action(_K.LEARNING, _("Reviewed a reflection")),
    "concerns.raise": Action(_K.CHECK_INS, _("Raised a concern")),
    "concerns.read": Action(_K.READING, _("Opened a concern")),
    "concerns.note_step": Action(_K.CHECK_INS, _("Noted what was done about a concern")),
    "concerns.pass_on": Action(_K.CHECK_INS, _("Asked others on call about a concern")),
    "reviews.flag": Action(_K.CHECK_INS, _("Asked a supervisor to look at something")),
    "reviews.judge_flag": Action(_K.CHECK_INS, _("Noted what was found about something flagged")),
    "reviews.pass_flag": Action(_K.CHECK_INS, _("Passed a flag on to the court")),
    "reviews.lift_limit": Action(_K.CHECK_INS, _("Let a reviewer read more than the day's limit")),
    "learning.allow_new_tries": Action(_K.LEARNING, _("Allowed new tries at a quiz")),
    "accountability.plan": Action(_K.CHECK_INS, _("Laid out the check-ins")),
    "accountability.move_check_ins": Action(_K.CHECK_INS, _("Moved the check-ins after a pause")),
    "accountability.submit_check_in": Action(_K.CHECK_INS, _("Sent a check-in")),
    "accountability.review_check_in": Action(_K.CHECK_INS, _("Reviewed a check-in")),
    "accountability.excuse_check_in": Action(_K.CHECK_INS, _("Excused a check-in")),
    "accountability.miss_check_in": Action(_K.CHECK_INS, _("Noted a missed check-in")),
    "accountability.open_violation": Action(_K.CHECK_INS, _("Noted a possible violation")),
    "accountability.tell_officer": Action(_K.CHECK_INS, _("Told the officer of a possible violation")),
    "accountability.say_own_side": Action(_K.CHECK_INS, _("Said the own side")),
    "accountability.decide_violation": Action(_K.CHECK_INS, _("Decided a possible violation")),
    "accountability.say_step_done": Action(_K.CHECK_INS, _("Said whether an agreed step was done")),
    "accountability.tell_court": Action(_K.CHECK_INS, _("Noted that the court was told")),
    "accountability.extend": Action(_K.CHECK_INS, _("Added check-ins")),
    "accountability.end_early": Action(_K.CHECK_INS, _("Ended the check-ins by order")),
    "accountability.propose_termination": Action(_K.CHECK_INS, _("Proposed to end a program")),
    "accountability.approve_termination": Action(_K.CHECK_INS, _("Approved a proposal to end a program")),
    "accountability.give_termination_notice": Action(_K.CHECK_INS, _("Told a person of the proposed end")),
    "accountability.answer_termination": Action(_K.CHECK_INS, _("Answered the proposed end of the program")),
    "accountability.decide_termination": Action(_K.CHECK_INS, _("Decided about the end of a program")),
    "accountability.take_termination_back": Action(_K.CHECK_INS, _("Took a proposal to end a program back")),
    "counsel.admit": Action(_K.CASES, _("Let a lawyer see the case")),
    "counsel.remove": Action(_K.CASES, _("Ended a lawyer's look at the case")),
    "disputes.raise": Action(_K.CASES, _("Said that something in the record is not right")),
    "disputes.withdraw": Action(_K.CASES, _("Took back that the record is not right")),
    "disputes.answer": Action(_K.CASES, _("Answered that the record was not right")),
    "learning.change_plan": Action(_K.CHECK_INS, _("Put the own plan in other words")),
    "payments.assess": Action(_K.MONEY, _("Assessed the fee")),
    "payments.start_checkout": Action(_K.MONEY, _("Began a payment")),
    "payments.settle": Action(_K.MONEY, _("Took in a payment, refund or dispute from Stripe")),
    "payments.review": Action(_K.MONEY, _("Put a payment aside for a person to look at")),
    "payments.reconcile": Action(_K.MONEY, _("Compared the payments with Stripe")),
    "payments.look_again": Action(_K.MONEY, _("Had the payments compared with Stripe")),
    "payments.ask_refund": Action(_K.MONEY, _("Gave back a card payment")),
    "payments.retry_refund": Action(_K.MONEY, _("Sent a refund again")),
    "payments.refund_failed": Action(_K.MONEY, _("A refund did not go through")),
    "payments.resolve_review": Action(_K.MONEY, _("Decided about a payment that did not fit")),
    "payments.retry_event": Action(_K.MONEY, _("Tried an event of Stripe again")),
    "payments.set_event_aside": Action(_K.MONEY, _("Set an event of Stripe aside")),
    "payments.make_plan": Action(_K.MONEY, _("Split the fee into parts to pay")),
    "payments.record_at_counter": Action(_K.MONEY, _("Recorded a payment at the counter")),
    "payments.void_at_counter": Action(_K.MONEY, _("Voided a payment at the counter")),
    "payments.pay_back_at_counter": Action(_K.MONEY, _("Paid money back at the counter")),
    "payments.ask_adjustment": Action(_K.MONEY, _("Asked for a correction of what is owed")),
    "payments.adjust": Action(_K.MONEY, _("Corrected what is owed")),
    "payments.decline_adjustment": Action(_K.MONEY, _("Declined a correction of what is owed")),
    "payments.file_waiver": Action(_K.MONEY, _("Asked for a fee waiver")),
    "payments.file_waiver_assisted": Action(_K.MONEY, _("Filed a fee waiver request at the counter")),
    "payments.add_waiver_proof": Action(_K.MONEY, _("Added proof to a fee waiver request")),
    "payments.forget_waiver_proof": Action(_K.MONEY, _("Deleted proof whose time was over")),
    "payments.decide_waiver": Action(_K.MONEY, _("Decided a fee waiver")),
    "payments.revoke_waiver": Action(_K.MONEY, _("Took a fee waiver back")),
    "payments.ask_waiver_again": Action(_K.MONEY, _("Asked the court to look again at a fee waiver")),
    "payments.answer_for_proof": Action(_K.MONEY, _("Answered the court's question for proof")),
    "reports.request": Action(_K.REPORTS, _("Requested a report")),
    "reports.request_list": Action(_K.REPORTS, _("Requested a report about many people")),
    "reports.retry_list": Action(_K.REPORTS, _("Tried again to make a report about many people")),
    "reports.issue_list": Action(_K.REPORTS, _("Made and sealed a report about many people")),
    "reports.revoke_list": Action(_K.REPORTS, _("Took a report about many people back")),
    "reports.fail_list": Action(_K.REPORTS, _("Could not make a report about many people")),
    "batches.start": Action(_K.REPORTS, _("Asked for many reports at once")),
    "batches.move": Action(_K.REPORTS, _("Paused, went on with or canceled a batch of reports")),
    "batches.retry": Action(_K.REPORTS, _("Tried failed reports of a batch again")),
    "batches.end": Action(_K.REPORTS, _("Finished a batch of reports")),
    "batches.pause_schedule": Action(_K.REPORTS, _("Paused scheduled reports, or let them go on")),
    "reports.retry": Action(_K.REPORTS, _("Tried again to make a report")),
    "reports.issue": Action(_K.REPORTS, _("Made and sealed a report")),
    "reports.fail": Action(_K.REPORTS, _("Could not make a report")),
    "reports.stop": Action(_K.REPORTS, _("Stopped a report that the case no longer needs")),
    "reports.revoke": Action(_K.REPORTS, _("Took a report back")),
    "reports.deliver": Action(_K.REPORTS, _("Delivered a report")),
    "reports.not_delivered": Action(_K.REPORTS, _("Could not deliver a report")),
    "reports.deliver_again": Action(_K.REPORTS, _("Tried again to deliver a report")),
    "reports.print": Action(_K.REPORTS, _("Had reports put together for printing")),
    "reports.printed": Action(_K.REPORTS, _("Handed printed reports over")),
    "reports.put_back": Action(_K.REPORTS, _("Put reports back that were to be printed")),
    "reports.read_print": Action(_K.READING, _("Downloaded reports for printing")),
    "reports.acknowledge": Action(_K.REPORTS, _("Said that a report was received")),
    "operator.look": Action(_K.OPERATOR, _("Looked into the court, for a stated reason")),
    "operator.end_look": Action(_K.OPERATOR, _("Ended a look into the court")),
    "operator.retry_job": Action(_K.OPERATOR, _("Sent a failed job again")),
    "operator.rename_court": Action(_K.OPERATOR, _("Changed the court's name or address")),
    "operator.grant_facilitator": Action(_K.OPERATOR, _("Let a facilitator review for the court")),
    "operator.revoke_facilitator": Action(_K.OPERATOR, _("Ended a facilitator's work for the court")),
    "operator.change_state": Action(_K.OPERATOR, _("Changed whether the court is open")),
    "exports.ask": Action(_K.OPERATOR, _("Asked for the court's whole data")),
    "exports.make": Action(_K.OPERATOR, _("Made the file of the court's whole data")),
    "exports.fail": Action(_K.OPERATOR, _("Could not make the file of the court's whole data")),
    "exports.download": Action(_K.OPERATOR, _("Downloaded the court's whole data")),
    "exports.acknowledge": Action(_K.OPERATOR, _("Confirmed that the court has its data")),
    "exports.hand_over": Action(_K.OPERATOR, _("Handed the court's whole data over")),
    "keeping.plan": Action(_K.RECORDS, _("Recorded that a record is to be sealed or destroyed")),
    "keeping.confirm": Action(_K.RECORDS, _("Confirmed that a record is to be sealed or destroyed")),
    "keeping.cancel": Action(_K.RECORDS, _("Called off that a record is sealed or destroyed")),
    "keeping.seal": Action(_K.RECORDS, _("Sealed a record")),
    "keeping.destroy": Action(_K.RECORDS, _("Destroyed a record")),
    "keeping.replay": Action(_K.RECORDS, _("Sealed or destroyed a record again that a backup had brought back")),
    "keeping.open": Action(_K.READING, _("Opened a sealed record under an order of the court")),
    "keeping.read_survivor": Action(_K.READING, _("Downloaded a document that outlived its case")),
    "keeping.place_hold": Action(_K.RECORDS, _("Put a legal hold on records")),
    "keeping.lift_hold": Action(_K.RECORDS, _("Lifted a legal hold on records")),
    "audit.check": Action(_K.AUDIT, _("Asked whether the audit is whole")),
    "audit.checked": Action(_K.AUDIT, _("Checked whether the audit is whole")),
    "audit.export": Action(_K.AUDIT, _("Exported the audit")),
}

# Events about a list, which belong to the case of each person on it.
OF_LISTS = ("reports.read_list", "reports.read_list_file")
READS = tuple(name for name, action in ACTIONS.items() if action.kind is Kind.READING)

OUTCOME_WORDS: dict[str, LazyString] = {Outcome.DONE: _("Done"), Outcome.REFUSED: _("Refused")}

FINDING_WORDS: dict[FindingKind, LazyString] = {
    FindingKind.LINKS_MISSING: _("Links %(first)s to %(last)s of the chain are missing."),
    FindingKind.REMOVED: _("The event at link %(first)s was removed."),
    FindingKind.CHANGED: _("The event at link %(first)s was changed or moved."),
    FindingKind.DETAIL_CHANGED: _("The old and new values of the event at link %(first)s were changed."),
    FindingKind.CUT_OFF: _("Links %(first)s to %(last)s were cut off the end of the chain."),
    FindingKind.HEAD_MISSING: _("The signed end of the chain is missing from storage."),
    FindingKind.HEAD_DIFFERS: _("The chain does not fit its signed end."),
}


def actions_of(kind: Kind) -> list[str]:
    """The actions of a group."""
    return [name for name, action in ACTIONS.items() if action.kind is kind]


def action_words(name: str, outcome: str) -> str:
    """What happened, in the reader's language; the bare name of an action that a later release wrote."""
    action = ACTIONS.get(name)
    if action is None:
        return name
    return str(action.refused if outcome == Outcome.REFUSED and action.refused is not None else action.done)


def finding_words(finding: Finding) -> str:
    """One thing that is wrong with the chain, in the reader's language."""
    return str(FINDING_WORDS[finding.kind]) % {"first": finding.first, "last": finding.last}
