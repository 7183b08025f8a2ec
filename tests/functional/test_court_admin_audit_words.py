"""Every action that the portal writes into the audit has words, in every language; so has every value's name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from flask import Flask

from app.core.audit import Outcome
from app.core.i18n import LANGUAGES, in_language
from app.core.sealer import FindingKind
from app.court_admin.audit_values import FIELD_WORDS, changes
from app.court_admin.audit_words import ACTIONS, FINDING_WORDS, KIND_WORDS, READS, Kind, action_words
from tests.architecture.sources import trees

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# What the words come from, and what writes the platform's own trail, which no court reads.
FORMERLY = {"cases.attach_order"}  # no release writes it any more; courts have it in their audit
NOT_HERE = ("app/court_admin/audit_words.py", "app/core/audit.py")


def writes_audit(node: ast.AST) -> bool:
    """`audit(...)`, `audit_refused(...)`, a module's own `_audit(...)`, or a `Deed(...)` for `audit_many`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and ("audit" in node.func.id or node.func.id == "Deed")
    )


def constants(node: ast.AST) -> set[str]:
    found = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {value for value in found if ACTION.fullmatch(value)}


def actions_in(tree: ast.Module) -> set[str]:
    """Every action that a module writes: given in the call, or by a name that holds it."""
    named: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, set()).update(constants(node.value))
    found: set[str] = set()
    for call in (node for node in ast.walk(tree) if writes_audit(node)):
        assert isinstance(call, ast.Call)
        for argument in [*call.args, *(k.value for k in call.keywords if k.arg == "action")]:
            found |= constants(argument)
            found |= named.get(argument.id, set()) if isinstance(argument, ast.Name) else set()
    return found


def written() -> dict[str, set[str]]:
    return {name: actions_in(tree) for name, tree in trees() if name.startswith("app/") and name not in NOT_HERE}


def test_every_action_has_words():
    found = {action for actions in written().values() for action in actions}
    assert len(found) > 50
    begun = {
        action for action in found if action.endswith("_")
    }  # `f"cases.read_{purpose}"`: at least one such has words
    found = (found - begun) | {action for action in begun if not any(known.startswith(action) for known in ACTIONS)}
    assert sorted(found - set(ACTIONS)) == [], "say what these are in app/court_admin/audit_words.py"


def test_no_words_stand_for_nothing():
    found = {action for actions in written().values() for action in actions}
    begun = tuple(action for action in found if action.endswith("_"))
    texts = {name for module, tree in trees() if module not in NOT_HERE for name in constants(tree)}
    assert sorted(name for name in set(ACTIONS) - found - texts - FORMERLY if not name.startswith(begun)) == []


def test_the_detector_detects():
    source = 'X = "made.up"\naudit("other.one", actor=a)\naudit(X, actor=a)\nDeed("third.one", None)\n'
    assert actions_in(ast.parse(source)) == {"made.up", "other.one", "third.one"}
    choice = 'def f(a):\n    action = "one.way" if a else "other.way"\n    audit(action, actor=a)\n'
    assert actions_in(ast.parse(choice)) == {"one.way", "other.way"}


def literal_keys() -> Iterator[str]:
    """The names of old and new values, where a service writes them out."""
    for name, tree in trees():
        if not name.startswith("app/") or name.startswith("app/operator"):
            continue
        for call in (node for node in ast.walk(tree) if writes_audit(node)):
            assert isinstance(call, ast.Call)
            for keyword in call.keywords:
                if keyword.arg in ("old", "new") and isinstance(keyword.value, ast.Dict):
                    yield from (k.value for k in keyword.value.keys if isinstance(k, ast.Constant))


def test_every_value_that_services_name_has_a_name_for_people():
    assert sorted(set(literal_keys()) - set(FIELD_WORDS)) == [], "name these in app/court_admin/audit_values.py"


def test_refusals_and_unknown_actions_have_words_too(app: Flask):
    with app.test_request_context():
        assert action_words("accounts.sign_in", Outcome.DONE) == "Signed in"
        assert action_words("accounts.sign_in", Outcome.REFUSED) == "Tried to sign in"
        assert action_words("later.release", Outcome.DONE) == "later.release"
        for language in LANGUAGES:
            with in_language(language):
                assert all(action_words(name, Outcome.DONE) for name in ACTIONS)


def test_every_group_and_finding_is_named():
    assert set(KIND_WORDS) == set(Kind)
    assert {action.kind for action in ACTIONS.values()} == set(Kind)
    assert set(FINDING_WORDS) == set(FindingKind)
    assert {"cases.read_referral", "caseload.read_case", "reports.read_file"} <= set(READS)


def test_what_differs_stands_before_what_stayed(app: Flask):
    old = {"parts": [{"label": "Program fee", "amount_cents": 25000}]}
    new = {"parts": [{"label": "Program fee", "amount_cents": 30000}]}
    with app.test_request_context():
        found = changes(old, new, "court", {})
    assert [(change.before, change.after, change.differs) for change in found] == [
        ("$250.00", "$300.00", True),
        ("Program fee", "Program fee", False),
    ]
