"""The script behind every address: page config, and which pages there are."""

from pathlib import Path

import streamlit as st

st.set_page_config(page_icon=str(Path(__file__).with_name("icon.png")), layout="wide", initial_sidebar_state=340)
st.navigation(
    [
        st.Page("home.py", title="convviz", default=True),
        st.Page("convolution.py", title="Convolution"),
        st.Page("pooling.py", title="Pooling"),
        st.Page("transposed_convolution.py", title="Transposed", url_path="transposed-convolution"),
        st.Page("receptive_field.py", title="Receptive field", url_path="receptive-field"),
        st.Page("network.py", title="Network"),
        st.Page("training_lab.py", title="Training lab", url_path="training-lab"),
        st.Page("inside_a_cnn.py", title="Inside a CNN", url_path="inside-a-cnn"),
    ],
    position="top",
).run()
