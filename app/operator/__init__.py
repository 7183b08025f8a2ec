"""The platform console for JaneSchool's operators: its own process, as the platform role."""
