"""What participants of the demo say about their records, what is answered, and a lawyer who may look."""

from __future__ import annotations

from app.accounts import invitations, second_factor, services, sessions
from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.i18n import in_language
from app.counsel.services import admit
from app.demo.learner import Court, Learner
from app.demo.sign_ins import PASSWORD
from app.demo.staff import Member
from app.disputes.lookups import disputes_of
from app.disputes.rules import Fact, Verdict
from app.disputes.services import answer, raise_dispute
from app.my_program.record.facts import record_of
from app.permissions.identity import Role
from tenants.database import acting_as

LAWYER = "Dana Park"


def say_it_is_not_right(learner: Learner, fact: Fact, number: int, words: str) -> None:
    """The fact of a kind of this number, from 1, is disputed."""
    with acting_as(learner.court.id), in_language(learner.language):
        record = record_of(the_enrollment(learner.enrolled))
        one = [one for part in record.parts for one in part.facts if one.fact is fact][number - 1]
        raise_dispute(learner.enrolled, record.about(one), words, actor=learner.me)


def answer_it(learner: Learner, words: str) -> None:
    """The officer has looked at it: the record stands."""
    with acting_as(learner.court.id):
        (row,) = disputes_of(learner.enrolled)
        answer(row.id, Verdict.STANDS, words, done=False, actor=learner.court.staff["officer"].identity)


def lawyer(court: Court) -> Member:
    """A lawyer with a sign-in and a second factor, and no client yet."""
    email = f"counsel@{court.slug}.example"
    with acting_as(court.id):
        _invitation, token = invitations.invite_counsel(email=email, display_name=LAWYER, actor=SYSTEM)
        anybody = Actor(ActorKind.ANONYMOUS, address="127.0.0.1")
        half = sessions.load_identity(invitations.accept_new(token, password=PASSWORD, actor=anybody).token)
        assert half is not None
        secret, _address = services.setup_secret(actor=half)
        whole = services.give_second_factor(code=second_factor.code_at(secret, clock.now()), actor=half)
        identity = sessions.load_identity(whole)
        assert identity is not None
    return Member(identity, str(Role.COUNSEL), LAWYER, email, secret)


def let_the_lawyer_see(learner: Learner) -> None:
    """The person admits the lawyer."""
    with acting_as(learner.court.id):
        email = learner.court.staff["counsel"].email
        admit(learner.enrolled, name=LAWYER, email=email, sees_messages=False, sure=True, actor=learner.me)
