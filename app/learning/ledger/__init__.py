"""How somebody's time in the lessons was counted, as learner and court can read it."""
