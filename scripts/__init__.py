"""Llm-Music-Gen: the five doors of the app and the rooms behind them."""
