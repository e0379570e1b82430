"""The animated stage: a Scene into bytes here, ES modules and CSS in `static/`. No Streamlit."""

from convviz.player.assets import MEDIA_TYPES, STATIC, VERSION
from convviz.player.payload import encode
from convviz.player.scene import Grid, Relation, Scene

__all__ = ["MEDIA_TYPES", "STATIC", "VERSION", "Grid", "Relation", "Scene", "encode"]
