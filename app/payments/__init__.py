"""What a program costs and how it is paid: fees, the ledger, waivers, and Stripe behind one gateway."""
