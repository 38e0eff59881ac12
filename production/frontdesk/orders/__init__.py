"""Orders: drafts, intake, approvals, the job as its agency sees it."""
