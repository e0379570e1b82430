"""The script behind every address: page config, and which pages there are."""

import streamlit as st

st.set_page_config(page_icon="pages/icon.png", layout="wide", initial_sidebar_state=340)
st.navigation(
    [
        st.Page("home.py", title="convviz", default=True),
        st.Page("convolution.py", title="Convolution"),
    ],
    position="top",
).run()
