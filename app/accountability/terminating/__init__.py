"""Ending a program against the will of its learner: proposed, told, answered, decided by whom the rules name."""
