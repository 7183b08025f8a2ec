"""How it is taken: progress through modules and lessons, seat time, quizzes and reflections."""
