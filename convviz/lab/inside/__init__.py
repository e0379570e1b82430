"""A trained network opened up: what its layers answer, what moves it, what excites it, and where a short cut was taken.

Only `stages`, `targets` and `questions` do without torch: a server asks, and a process of its own answers.
"""
