"""The pages of a request, the same for the learner and the counter: what they do with a form, and where they go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.drafts.boxes import Keep, keeping, sent
from app.accounts.drafts.services import forget_everywhere
from app.cases.models import Enrollment
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.core.storage import Missing
from app.payments.lookups import statement_of
from app.payments.waiving import lookups, proofs, services
from app.payments.waiving.forms import STEP_FORMS, ButtonForm, CounterSendForm, ProofFileForm, SendForm
from app.payments.waiving.lookups import COUNTER, Desk
from app.payments.waiving.proof_files import EXTENSIONS
from app.payments.waiving.rules import MOST_PROOFS, Answers, ProofChoice, Step, first_open, steps_of, within_rules
from app.payments.waiving.words import answer_rows
from app.web.identity import current_identity
from tenants.database import transaction
from tenants.program import ProgramDocument
from tenants.scope import current_court_id

Load = Callable[[], tuple[Desk, Enrollment]]


@dataclass
class Walk:
    """One request on its way, for one page. `load` finds it again after a try that was rolled back."""

    load: Load
    place: dict[str, Any]  # what the addresses of these pages need besides the step
    prefix: str = ""  # of the endpoints

    def __post_init__(self) -> None:
        self.desk, self.enrollment = self.load()

    @cached_property
    def document(self) -> ProgramDocument:
        return lookups.program_of(self.enrollment)

    @property
    def steps(self) -> tuple[Step, ...]:
        return steps_of(self.document.waivers, at_counter=self.at_counter)

    @property
    def at_counter(self) -> bool:
        return self.desk.written_by == COUNTER

    def answers(self) -> Answers:
        return within_rules(lookups.answers_of(lookups.draft_of(self.desk)), self.document, self.steps)

    def url(self, page: str, **more: Any) -> str:
        return url_for(f"waiving.{self.prefix}{page}", **self.place, **more)

    def step_url(self, step: Step) -> str:
        return self.url("step", step=step.value)

    def file_url(self, page: str, proof_id: UUID) -> str:
        return self.url(page, **{"scan_id" if self.at_counter else "added_id": proof_id})

    def next_url(self, step: Step) -> str:
        """The step after; straight back to the check when somebody came from there and nothing is missing."""
        if request.args.get("from") == "check" and self.first_open() is None:
            return self.url("check")
        later = self.steps[self.steps.index(step) + 1 :]
        return self.step_url(later[0]) if later else self.url("check")

    def before_url(self, step: Step) -> str:
        if request.args.get("from") == "check":
            return self.url("check")
        at = self.steps.index(step)
        return self.step_url(self.steps[at - 1]) if at else self.url("start")

    def first_open(self) -> Step | None:
        return first_open(self.answers(), self.steps, proofs=len(lookups.proofs_of_draft(self.desk)))

    def page(self, template: str, **context: Any) -> str:
        return render_template(
            f"payments/waiving/{template}.html",
            walk=self,
            person=self.enrollment.referral.person if self.at_counter else None,
            **context,
        )


def start_page(walk: Walk) -> ResponseReturnValue:
    """What it takes, and the way in, or why there is none now."""
    draft = lookups.draft_of(walk.desk)
    return walk.page(
        "start",
        why_not=services.why_not(walk.enrollment.id),
        statement=statement_of(walk.enrollment),
        draft=draft,
        go_on=(lambda step: walk.step_url(step) if step else walk.url("check"))(walk.first_open()),
        starts_now=walk.document.fees.may_start_while_waiver_pending,
    )


def step_page(walk: Walk, name: str) -> ResponseReturnValue:
    """One step: shown with what was answered before; what is sent is kept at once."""
    try:
        step = Step(name)
        at = walk.steps.index(step)
    except ValueError:
        raise NotFound from None
    if services.why_not(walk.enrollment.id):
        return redirect(walk.url("start"))
    kind = STEP_FORMS[step]
    form = kind(**kind.fill(walk.answers()))
    form.offer(walk.document)
    if form.validate_on_submit():
        try:
            _keep(walk, step, form.told())
            if not walk.at_counter:
                sent(_place(step))
            return redirect(walk.next_url(step), code=303)
        except Refused as refused:
            form.show(refused)
            walk = Walk(walk.load, walk.place, walk.prefix)  # what was loaded went with the rolled back try
    more = _proof_context(walk) if step is Step.PROOF else {}
    page = walk.page("step", form=form, step=step, at=at, keep=_keeping(walk, step, form), **more)
    return page, (422 if form.errors else 200)


def _place(step: Step) -> str:
    return f"waiver/{step.value}"


def _keeping(walk: Walk, step: Step, form: Any) -> Keep | None:
    """What a learner types is kept while typing. Not the boxes to check of the first step, which hold no words, and
    nothing at the counter: that computer is everybody's."""
    return None if walk.at_counter or step is Step.BENEFITS else keeping(_place(step), form)


def _keep(walk: Walk, step: Step, told: dict[str, Any]) -> None:
    if told.get("proof_choice") == ProofChoice.FILES and not lookups.proofs_of_draft(walk.desk):
        raise Refused(_("You have not added a file yet. Add one, or choose another answer."), "choice")
    services.save(walk.desk, step, told)


def _proof_context(walk: Walk, file_form: ProofFileForm | None = None) -> dict[str, Any]:
    return {
        "files": lookups.proofs_of_draft(walk.desk),
        "file_form": file_form or ProofFileForm(formdata=None),
        "button": ButtonForm(formdata=None),
        "most": MOST_PROOFS,
    }


def add_file(walk: Walk) -> ResponseReturnValue:
    """Add one photo or PDF, and show the step again."""
    form = ProofFileForm()
    if form.validate_on_submit():
        try:
            _add(walk, form)
            flash(_("The file is added."), "success")
            return redirect(walk.step_url(Step.PROOF), code=303)
        except Refused as refused:
            form.show(refused)
            walk = Walk(walk.load, walk.place, walk.prefix)
    kind = STEP_FORMS[Step.PROOF]
    choice = kind(formdata=None, **kind.fill(walk.answers()))
    choice.offer(walk.document)
    at = walk.steps.index(Step.PROOF) if Step.PROOF in walk.steps else 0
    keep = _keeping(walk, Step.PROOF, choice)
    return walk.page("step", form=choice, step=Step.PROOF, at=at, keep=keep, **_proof_context(walk, form)), 422


def sent_file() -> tuple[bytes, str]:
    """The file that was sent with the request at hand, and its name. Raises Refused at `file` when there is none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused(_("Choose a file."), "file")
    return sent.read(), sent.filename


def _add(walk: Walk, form: ProofFileForm) -> None:
    if Step.PROOF not in walk.steps:
        raise NotFound
    content, name = sent_file()
    with transaction():
        claim = form.claim("payments.add_waiver_proof")
        if claim.first:
            services.save(walk.desk, Step.PROOF, {"proof_choice": ProofChoice.FILES, "no_proof_reason": ""})
            claim.finish(proofs.add_to_draft(walk.desk, content, name, actor=current_identity()).id)


def take_file_back(walk: Walk, proof_id: UUID) -> ResponseReturnValue:
    form = ButtonForm()
    if form.validate_on_submit():
        with transaction():
            if form.claim("payments.take_waiver_proof_back").first:
                proofs.take_back(walk.desk, proof_id)
        flash(_("The file is deleted."), "success")
    return redirect(walk.step_url(Step.PROOF), code=303)


def check_page(walk: Walk) -> ResponseReturnValue:
    """Every answer once more, what the rules would make of it, the signature, and the one button."""
    if services.why_not(walk.enrollment.id):
        return redirect(walk.url("start"))
    left_out = walk.first_open()
    if left_out is not None:
        return redirect(walk.step_url(left_out))
    form = CounterSendForm() if walk.at_counter else SendForm()
    if form.validate_on_submit():
        try:
            _send(walk, form)
            return redirect(walk.url("sent"), code=303)
        except Refused as refused:
            form.show(refused)
            walk = Walk(walk.load, walk.place, walk.prefix)
    answers = walk.answers()
    form.seen.data = services.digest_of(walk.desk, answers)
    files = lookups.proofs_of_draft(walk.desk)
    page = walk.page(
        "check",
        form=form,
        rows=[
            (label, value, _("Change"), f"{walk.step_url(step)}?from=check")
            for step, label, value in answer_rows(answers, walk.steps, [proof.file.name for proof in files])
        ],
        computation=lookups.computation_for(answers, walk.enrollment, lookups.guideline_today(lookups.the_court())),
        declaration=services.declaration(),
    )
    return page, (422 if form.errors else 200)


def _send(walk: Walk, form: SendForm) -> None:
    signature = services.Signature(
        typed_name=str(form.typed_name.data),
        seen=str(form.seen.data),
        from_paper=isinstance(form, CounterSendForm) and form.how.data == "paper",
    )
    with transaction():
        claim = form.claim("payments.file_waiver")
        if claim.first:
            claim.finish(services.send(walk.desk, signature, actor=current_identity()).id)


def _forget_typed(walk: Walk) -> None:
    if not walk.at_counter:
        for step in Step:
            forget_everywhere(_place(step), actor=current_identity())


def throw_away_page(walk: Walk) -> ResponseReturnValue:
    """Ask once, then forget everything that was filled in."""
    form = ButtonForm()
    if form.validate_on_submit():
        with transaction():
            if form.claim("payments.throw_waiver_away").first:
                services.throw_away(walk.desk)
                _forget_typed(walk)
        flash(_("Everything that you filled in is deleted. Nothing was sent."), "success")
        return redirect(walk.url("start"), code=303)
    return walk.page("throw_away", form=form, draft=lookups.draft_of(walk.desk))


def download(file: StoredFile, proof_id: UUID) -> Response:
    """A file as a download under a name of ours, never shown within the portal's own pages. Raises NotFound."""
    if file.content_type not in EXTENSIONS:
        raise NotFound
    try:
        content = runtime().storage.get(current_court_id(), file.sha256)
    except Missing:
        raise NotFound from None
    answer = Response(content, mimetype=file.content_type)
    name = f"proof-{proof_id.hex[-8:]}.{EXTENSIONS[file.content_type]}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
