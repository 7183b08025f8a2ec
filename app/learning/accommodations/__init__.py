"""Changes that help somebody take part: asked for by the learner, decided by the court, honored everywhere."""
