"""Who is learning: what learners say about it, and facts about the signs of their pages, for a person to judge."""
