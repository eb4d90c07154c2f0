"""The built-in term lists, as data; `fairflip.pipeline.generate.term_lists` reads them."""
