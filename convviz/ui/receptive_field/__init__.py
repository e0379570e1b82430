"""The page of receptive fields: its state, its link, its sidebar, and what its stage is sent."""
