"""A trained network opened up: what its layers answer, what moves it, what excites it, and where a short cut was taken.

`stages`, `targets`, `arguments`, `pictures`, `filters`, `answer` and `office` do without torch: a server asks, and a process of
its own answers, by `desk`.
"""
