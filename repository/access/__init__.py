"""Who may read what, and who has: readers, the policy, sessions, the audit."""
