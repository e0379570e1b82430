"""The ASGI entry: `streamlit run app.py` and `uvicorn app:app` both serve it. Nothing about convolution here.

The script lives in `pages/`, so that a deep link works as the very first request after a start.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from convviz.ui.server import SecurityHeaders, routes
from convviz.ui.training.owner import OwnerCookie

SCRIPT = Path(__file__).parent / "pages" / "_navigation.py"

app = st.App(SCRIPT, routes=routes(), middleware=[Middleware(SecurityHeaders), Middleware(OwnerCookie)])
