"""Keys of `Report.sources`: for each list of the snapshot, in its order, what tells the record behind the row."""

from typing import Final

MODULES: Final = "modules"  # slugs; of everything else ids
CHECK_INS: Final = "check_ins"
VIOLATIONS: Final = "violations"
STEPS: Final = "steps"  # the id of a proposal to end the program, or nothing
LEDGER: Final = "ledger"
WAIVER: Final = "waiver"
HEARING: Final = "hearing"
EVENTS: Final = "events"  # possible violations in a non-compliance report
ENDING: Final = "ending"  # the proposal in a non-compliance report
