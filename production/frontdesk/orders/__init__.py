"""Orders: drafts, intake, the job as its agency sees it."""
