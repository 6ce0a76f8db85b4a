"""Texts, tables and charts as files: page, plotly, matplotlib, LaTeX, terminal."""
