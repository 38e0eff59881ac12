"""Approving: rules, whose turn it is, what approvers and silence do."""
