"""The page of the training lab: settings, runs that are watched while they train, and what is made of them."""
