"""The accounts office: periods, charges down to their evidence, rate cards; and an agency's own charges."""
