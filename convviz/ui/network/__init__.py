"""The page of networks: its state, its link, its sidebar, and what its table and picture are sent."""
