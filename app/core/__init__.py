"""What every package stands on: clock, money, errors, audit, outbox, storage, keyring, limits."""
