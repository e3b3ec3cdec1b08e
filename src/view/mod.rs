//! What people look at: terminal, SVG and PNG pictures, the offline HTML explorer.
