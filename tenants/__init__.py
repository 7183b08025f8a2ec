"""The ground floor: what a court is, and everything that keeps courts apart. Imports nothing of app/."""
