"""The screens: what each shows and asks, and the loop behind it."""
