"""What a court decides about itself: onboarding, program rules."""
