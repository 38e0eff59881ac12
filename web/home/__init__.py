"""The homes of roles that have no counter of their own: the planner's day, the director's overview."""
