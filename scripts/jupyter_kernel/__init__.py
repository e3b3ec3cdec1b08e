"""Rust cells in Jupyter: the evcxr kernel with the libtorch, the crate and the built objects of this checkout.

A plain evcxr builds everything anew for each notebook and then cannot load libtorch ("dlopen failed").
"""
