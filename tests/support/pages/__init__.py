"""Pages of the product in a browser, as tests read them."""
