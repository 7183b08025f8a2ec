"""Which messages somebody may turn off, and which reach them in any case."""

from __future__ import annotations

# Reminders say nothing that the person's own pages do not say: the mail can be turned off.
REMINDERS = frozenset(
    {
        "installment_due",
        "installment_missed",
        "check_in_due",
        "check_in_missed",
        "agreed_step_due",
        "coursework_due",
        "coursework_missed",
    }
)

# What a stamp is wasted on: a letter would come when the day has passed.
SOON_OVER = frozenset({"installment_due", "check_in_due", "coursework_due", "agreed_step_due"})


# What helps at once or not at all: never a letter.
NEVER_A_LETTER = frozenset({"new_device"})


def is_optional(template: str) -> bool:
    """Whether the mail of this kind can be turned off. What the court decided or asks for always goes out."""
    return template in REMINDERS
