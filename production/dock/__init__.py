"""The dock: dispatch, delivery, proof of delivery."""
