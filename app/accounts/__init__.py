"""Staff, learners, sign-in, sessions, second factor, invitations."""
