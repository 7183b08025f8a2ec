"""Sabotages of requests for a waiver (CD-3) and of the proof that goes with them (IO-3)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

REQUEST = "tests/functional/test_waiver_request.py"
PROOF = "tests/functional/test_waiver_proof.py"
COMPUTING = "tests/unit/test_waiver_computing.py"
CONSOLE = "tests/functional/test_operator_guidelines.py"
GUIDELINES = 'of a new year",\n        {"portal_app": "SELECT", "portal_platform": "SELECT, INSERT"},'
FILES = "app/payments/waiving/proof_files.py"

SABOTAGES = (
    Sabotage(
        "CD-3",
        "filing opens nothing",
        (
            Edit(
                "app/payments/waiving/services.py",
                "        open_coursework_if_allowed(enrollment.id)\n",
                "",
            ),
        ),
        (f"{REQUEST}::test_it_opens_with_what_matters_and_files_at_once",),
    ),
    Sabotage(
        "CD-3",
        "a request is sent with steps left out",
        (
            Edit(
                "app/payments/waiving/walking.py",
                "    if left_out is not None:\n        return redirect(walk.step_url(left_out))\n",
                "",
            ),
        ),
        (f"{REQUEST}::test_nothing_can_be_sent_before_every_step_is_answered",),
    ),
    Sabotage(
        "CD-3",
        "what is sent is not what was signed",
        (
            Edit(
                "app/payments/waiving/services.py",
                "        if signature.seen != digest_of(desk, answers):",
                "        if False:",
            ),
        ),
        (f"{REQUEST}::test_an_answer_can_be_changed_from_the_check_and_nothing_else_is",),
    ),
    Sabotage(
        "CD-3",
        "what was signed can be changed",
        (
            Edit(
                "migrations/versions/0017_waiver_requests.py",
                '    op.execute(sa.text("REVOKE UPDATE (" + TOLD + ") ON waiver FROM portal_app"))\n',
                "",
            ),
        ),
        (f"{REQUEST}::test_what_is_signed_can_not_be_changed_afterwards",),
    ),
    Sabotage(
        "CD-3",
        "a household counts only up to eight",
        (
            Edit(
                "app/payments/waiving/computing.py",
                "        return self.base_cents + (size - 1) * self.person_cents",
                "        return self.base_cents + (min(size, 8) - 1) * self.person_cents",
            ),
        ),
        (f"{COMPUTING}::test_the_guideline_by_state_day_and_household",),
    ),
    Sabotage(
        "CD-3",
        "Alaska and Hawaii are like everywhere",
        (
            Edit(
                "app/payments/waiving/computing.py",
                "    return REGIONS.get(state, CONTIGUOUS)",
                "    return CONTIGUOUS",
            ),
        ),
        (f"{COMPUTING}::test_the_guideline_by_state_day_and_household",),
    ),
    Sabotage(
        "CD-3",
        "a guideline counts before its day",
        (
            Edit(
                "app/payments/waiving/computing.py",
                "if g.effective <= on and region in g.regions",
                "if region in g.regions",
            ),
        ),
        (f"{COMPUTING}::test_the_guideline_by_state_day_and_household",),
    ),
    Sabotage(
        "CD-3",
        "a guideline can be rewritten",
        (
            Edit(
                "tenants/isolation.py",
                GUIDELINES,
                GUIDELINES.replace("INSERT", "INSERT, UPDATE"),
            ),
        ),
        (f"{CONSOLE}::test_nobody_can_change_or_delete_a_guideline",),
    ),
    Sabotage(
        "IO-3",
        "a photo keeps what the camera noted",
        (
            Edit(FILES, "    plain.info.clear()\n", ""),
            Edit(
                FILES,
                'picture.save(out, "JPEG", quality=85, comment=mark)',
                'picture.save(out, "JPEG", quality=85, comment=mark, exif=picture.getexif())',
            ),
        ),
        (f"{PROOF}::test_a_photo_keeps_its_pixels_and_nothing_else",),
    ),
    Sabotage(
        "IO-3",
        "a PDF keeps what acts",
        (
            Edit(FILES, "            _strip(pdf)\n", ""),
            Edit(FILES, "            if not is_inert(written):", "            if False:"),
        ),
        (f"{PROOF}::test_a_pdf_keeps_its_pages_and_nothing_that_acts",),
    ),
    Sabotage(
        "IO-3",
        "what a file is goes unchecked",
        (
            Edit(
                FILES,
                '(b"\\xff\\xd8\\xff"):\n        return CheckedFile(_plain_picture(content, "JPEG"),',
                '(b""):\n        return CheckedFile(content,',
            ),
        ),
        (f"{PROOF}::test_what_is_no_photo_and_no_pdf_is_refused_with_a_helpful_word",),
    ),
    Sabotage(
        "IO-3",
        "everybody of the court opens proof",
        (
            Edit(
                "app/payments/waiving/views.py",
                '/files/<uuid:proof_id>", permission=Permission.WAIVER_DECIDE)',
                '/files/<uuid:proof_id>", permission=Permission.SIGNED_IN)',
            ),
        ),
        (f"{PROOF}::test_proof_is_opened_by_the_owner_and_by_those_who_decide_alone",),
    ),
    Sabotage(
        "IO-3",
        "proof is shown within the portal's pages",
        (
            Edit(
                "app/payments/waiving/walking.py",
                'answer.headers.set("Content-Disposition", "attachment", filename=name)',
                'answer.headers.set("Content-Disposition", "inline", filename=name)',
            ),
        ),
        (f"{PROOF}::test_files_are_added_taken_back_and_opened_as_downloads_only",),
    ),
    Sabotage(
        "IO-3",
        "proof is kept for ever",
        (Edit("app/payments/waiving/proofs.py", "        if clock.today(zone) > last_day:", "        if False:"),),
        (f"{PROOF}::test_proof_is_deleted_when_its_time_is_over",),
    ),
)
