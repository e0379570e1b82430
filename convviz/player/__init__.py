"""The animated stage: a Trace into bytes, plain ES modules, CSS. No Streamlit here."""

from convviz.player.assets import MEDIA_TYPES, STATIC, VERSION
from convviz.player.payload import encode

__all__ = ["MEDIA_TYPES", "STATIC", "VERSION", "encode"]
