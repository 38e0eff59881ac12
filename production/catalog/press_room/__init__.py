"""The press room as the shop sets it up: papers, presses, bindery and more; and the standards that they come to."""
