"""The built-in term lists, as data; `fairflip.pipeline.term_lists` reads them."""
