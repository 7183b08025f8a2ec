"""The officer's, supervisor's and judge's pages: who needs attention today, and why."""
