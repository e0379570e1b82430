"""The page of a trained network, opened: where it looks, what its layers answer, what excites them."""
