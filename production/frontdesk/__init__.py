"""The front desk: intake, quotes, proofs, approvals."""
