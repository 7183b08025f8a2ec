"""Sabotages of the rules document (AC-4), the days that it moves (FA-6) and the signed agreement (CD-8)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

AGREEMENT = "tests/functional/test_cases_agreement.py"
DOCUMENT = "tests/unit/test_program_rules_document.py"

SABOTAGES = (
    Sabotage(
        "CD-8",
        "the copy shows the text in force, not the one that was signed",
        (
            Edit(
                "app/cases/enroll_views.py",
                "agreement_text(rules_of(signature.rules_id), signature.language)",
                "agreement_text(rules_in_force()[1], signature.language)",
            ),
        ),
        (f"{AGREEMENT}::test_a_signature_keeps_version_text_and_time_and_its_copy_stays_whatever_changes",),
    ),
    Sabotage(
        "CD-8",
        "a text that nobody has read is signed",
        (
            Edit("app/cases/enrolling.py", "if read_sha256 not in (None, text_digest(text)):", "if False:"),
            Edit("app/cases/enrolling.py", "if read_rules not in (None, rules.id):", "if False:"),
            Edit("app/cases/enroll_views.py", "form.rules_id.data != str(rules.id)", "False"),
        ),
        (f"{AGREEMENT}::test_a_text_that_changed_while_it_was_read_is_read_again_before_it_is_signed",),
    ),
    Sabotage(
        "CD-8",
        "the signature keeps another fingerprint",
        (Edit("app/cases/enrolling.py", "text_sha256=text_digest(text),", "text_sha256=text_digest(typed_name),"),),
        (f"{AGREEMENT}::test_a_signature_keeps_version_text_and_time_and_its_copy_stays_whatever_changes",),
    ),
    Sabotage(
        "AC-4",
        "one wrong field hides the faults between fields",
        (Edit("tenants/faults.py", "if isinstance(given, Mapping | BaseModel):", "if not faults:"),),
        (f"{DOCUMENT}::test_every_fault_is_named_at_its_field_at_once",),
    ),
    Sabotage(
        "FA-6",
        "a state's holidays close no court",
        (
            Edit(
                "tenants/closed_days.py",
                "return day in self._own or (self._rules.state_holidays",
                "return day in self._own or (False",
            ),
        ),
        ("tests/functional/test_accountability_holidays.py::test_check_ins_are_due_on_days_on_which_the_court_works",),
    ),
)
