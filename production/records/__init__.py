"""What is kept, how long, and the proof that it went."""
