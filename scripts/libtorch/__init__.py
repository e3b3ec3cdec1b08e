"""What scripts/setup is made of: finding libtorch, downloading it, and pointing target/libtorch at it.

Python's standard library and pip only; reading order: `decide`, `find`, `fetch`, `wheel`, `link`.
"""
