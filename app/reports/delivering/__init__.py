"""Bringing issued reports to those who are to have them: inbox, mail with a link, paper, the court's folder."""
