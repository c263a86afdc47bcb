"""The mail side: subscribers, composing, messages, the ledger, sending, and what comes back."""
