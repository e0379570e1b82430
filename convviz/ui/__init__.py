"""The only Streamlit inside convviz: controls, links, page frame, and the stage's mounting."""
