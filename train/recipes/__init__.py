"""How each shipped model is made, step by step."""
