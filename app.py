"""The ASGI entry: `streamlit run app.py` and `uvicorn app:app` both serve it. Nothing about convolution here.

The script lives in `pages/`, so that a deep link works as the very first request after a start.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from convviz.ui.server import SecurityHeaders, asset_routes

SCRIPT = Path(__file__).parent / "pages" / "_navigation.py"

app = st.App(SCRIPT, routes=asset_routes(), middleware=[Middleware(SecurityHeaders)])
