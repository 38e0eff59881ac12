"""What a PDF is and holds, before anything is made of it."""
