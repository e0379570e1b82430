"""The least a Streamlit app can do: one widget, and a text that shows its value."""

import streamlit as st


def main() -> None:
    seed = st.number_input("Seed", 0, 10**6, 3, step=1, key="seed")
    st.html(f'<span data-bench="{seed}">{seed}</span>')


if __name__ == "__main__":
    main()
