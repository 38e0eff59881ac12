"""The forms register: every form of an agency by number and revision, and which revision may be ordered."""
